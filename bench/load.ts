import { driveWithAutocannon } from './autocannon.ts';
import type { HttpRequest } from './http-request.ts';
import type { Workspace } from './workspace.ts';
import { driveWithWrk } from './wrk.ts';

/** What is to be driven, and how hard. */
export interface Load {
  readonly origin: string;
  /** Sent in turn, again and again. */
  readonly requests: readonly HttpRequest[];
  readonly connections: number;
  readonly seconds: number;
}

/** What came of it. Latencies in milliseconds. */
export interface LoadResult {
  /** Answers that arrived. */
  readonly answers: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers of another status than 200, and connections that failed. */
  readonly failures: number;
}

/** Drives a program with requests; each connection sends the next one when its last is answered. @throws Error on any failure */
export async function drive(program: 'wrk' | 'autocannon', workspace: Workspace, load: Load): Promise<LoadResult> {
  const result = program === 'wrk' ? await driveWithWrk(workspace, load) : await driveWithAutocannon(load);
  if (result.failures > 0) {
    throw new Error(
      `${result.failures} of ${result.answers} requests to ${load.origin} failed or were not answered 200`,
    );
  }
  return result;
}
