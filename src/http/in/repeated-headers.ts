import type { IncomingMessage } from 'node:http';
import { malformed } from '../out/problem.ts';

/**
 * Of a second one Node says nothing: it drops that of some, and joins that of others to the first by a comma, so that two keys
 * would be one of their own. The others that are read may be lists, or the first of them counts (`Content-Type`, as in Rack).
 */
const ONCE: ReadonlyMap<string, string> = new Map(
  ['Host', 'Authorization', 'Idempotency-Key'].map((name) => [name.toLowerCase(), name]),
);

/** @throws {Problem} 400 where a header that says one thing is there twice, alike or not */
export function refuseRepeatedHeaders({ rawHeaders }: IncomingMessage): void {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = ONCE.get((rawHeaders[index] as string).toLowerCase());
    if (name === undefined) continue;
    if (seen.has(name)) throw malformed(`Send ${name} once: it is there several times, and they may differ.`);
    seen.add(name);
  }
}
