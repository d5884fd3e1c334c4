import type { HttpRequest } from './http-request.ts';

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
