import autocannon from 'autocannon';
import type { Load, LoadResult } from './load.ts';

/** Makes the load by autocannon, from a separate thread. Its latencies are whole milliseconds. */
export async function driveWithAutocannon({ origin, requests, connections, seconds }: Load): Promise<LoadResult> {
  const result = await autocannon({
    url: origin,
    connections,
    duration: seconds,
    workers: 1,
    requests: requests.map(({ body, ...request }) => (body === '' ? request : { ...request, body })),
  });
  const ok = result.statusCodeStats['200']?.count ?? 0;
  const answers = Object.values(result.statusCodeStats).reduce((sum, { count }) => sum + count, 0);
  const { p50, p99 } = result.latency;
  return { answers, seconds: result.duration, p50Ms: p50, p99Ms: p99, failures: answers - ok + result.errors };
}
