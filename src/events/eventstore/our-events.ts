import { OPERATIONS_STREAM, parseStreamName, STREAM_CATEGORIES } from '../streams.ts';

/** Which of all the events that a server holds are the log's: those in streams of our categories, but for the server's own (tombstones). */

/** How the names of our streams begin. */
export const OUR_STREAMS = [...STREAM_CATEGORIES.map((category) => `${category}-`), OPERATIONS_STREAM];

export function isOurs({ stream, type }: { readonly stream: string; readonly type: string }): boolean {
  return !type.startsWith('$') && (stream === OPERATIONS_STREAM || parseStreamName(stream) !== null);
}
