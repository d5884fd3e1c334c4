import { OPERATIONS_STREAM, parseStreamName, STREAM_CATEGORIES } from '../streams.ts';

/** Which of all the events that a server holds are the log's: those in streams of our categories, but for the server's own (tombstones). */

/** Holds one event, whose id is the log's: none of our categories, so it is not among the events of the log. */
export const NAME_STREAM = 'imports_log';

/** How the names of our streams begin. */
export const OUR_STREAMS = [...STREAM_CATEGORIES.map((category) => `${category}-`), OPERATIONS_STREAM];

export function isOurs({ stream, type }: { readonly stream: string; readonly type: string }): boolean {
  return !type.startsWith('$') && (stream === OPERATIONS_STREAM || parseStreamName(stream) !== null);
}
