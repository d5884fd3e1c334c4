import type { HttpRequest } from './http-request.ts';

/** The load on a program. */
export interface Load {
  readonly origin: string;
  /** Sent in turn, repeatedly. */
  readonly requests: readonly HttpRequest[];
  readonly connections: number;
  readonly seconds: number;
}

/** The result of a load. */
export interface LoadResult {
  /** Answers that arrived. */
  readonly answers: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How many answers had a status other than 200, or failed. */
  readonly failures: number;
}
