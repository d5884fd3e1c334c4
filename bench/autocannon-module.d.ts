/** The part of autocannon that is used here; it brings no types of its own. */
declare module 'autocannon' {
  interface Result {
    readonly duration: number;
    readonly errors: number;
    readonly requests: { readonly total: number };
    readonly latency: { readonly p50: number; readonly p99: number };
    readonly statusCodeStats: { readonly [status: string]: { readonly count: number } };
  }
  export default function autocannon(options: object): Promise<Result>;
}
