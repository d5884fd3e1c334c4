import { OPERATIONS_STREAM, parseStreamName, STREAM_CATEGORIES } from '../streams.ts';

/** Which events of a server belong to the log: those in streams of our categories, except the server's own (tombstones). */

/** Holds one event, whose id is the log's. It is of none of our categories, so the event is not part of the log. */
export const NAME_STREAM = 'imports_log';

/** How the names of our streams begin. */
export const OUR_STREAMS = [...STREAM_CATEGORIES.map((category) => `${category}-`), OPERATIONS_STREAM];

export function isEventOfOurs({ stream, type }: { readonly stream: string; readonly type: string }): boolean {
  return !type.startsWith('$') && (stream === OPERATIONS_STREAM || parseStreamName(stream) !== null);
}
