import type { IncomingMessage } from 'node:http';
import { malformed } from '../out/problem.ts';

/**
 * Headers that may come only once. Node does not report a second one: it drops some, and joins others to the first by a comma, so that
 * two keys would become a third one. Other headers that are read may be lists, or the first counts (`Content-Type`, as in Rack).
 */
const ONCE: ReadonlyMap<string, string> = new Map(
  ['Host', 'Authorization', 'Idempotency-Key'].map((name) => [name.toLowerCase(), name]),
);

/** @throws {Problem} 400 if one of these headers comes twice, with equal values or not */
export function refuseRepeatedHeaders({ rawHeaders }: IncomingMessage): void {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = ONCE.get((rawHeaders[index] as string).toLowerCase());
    if (name === undefined) continue;
    if (seen.has(name)) throw malformed(`Send ${name} once. This request has it several times.`);
    seen.add(name);
  }
}
