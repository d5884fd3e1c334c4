import type { Pause } from '../commands/connection.ts';
import type { ConnectionView } from '../projections/views.ts';

const MINUTE_MS = 60_000;

/** Pauses that begin shorter grow up to this. Servers that are down come back by themselves. */
const GROWS_TO_MS: { readonly [R in Exclude<Pause['reason'], 'asked'>]: number } = {
  source_unavailable: 10 * MINUTE_MS,
  limit_exceeded: 60 * MINUTE_MS,
  connection_refused: 60 * MINUTE_MS,
};

/**
 * How long a connection pauses, in milliseconds: as long as the trouble itself says at first; twice as long as before, if it did not work
 * after that pause either.
 * @param first how long the trouble says
 * @param view with the last pause, if the connection has not worked since
 */
export function pauseLength(
  reason: keyof typeof GROWS_TO_MS,
  first: number,
  { paused_reason, paused_at, paused_until }: ConnectionView,
): number {
  if (paused_reason === null || paused_reason === 'asked' || paused_at === null || paused_until === null) return first;
  const before = Date.parse(paused_until) - Date.parse(paused_at);
  return Math.max(first, Math.min(2 * before, GROWS_TO_MS[reason]));
}
