import { type AllStreamResolvedEvent, type ReadPosition, START } from '@eventstore/db-client';
import { OPERATIONS_STREAM, parseStreamName, STREAM_CATEGORIES } from '../streams.ts';

/** Which of all the events that a server holds are the log's: those in streams of our categories, but for the server's own (tombstones). */

/** Holds one event, whose id is the log's: none of our categories, so it is not among the events of the log. */
export const NAME_STREAM = 'imports_log';

/** How the names of our streams begin. */
export const OUR_STREAMS = [...STREAM_CATEGORIES.map((category) => `${category}-`), OPERATIONS_STREAM];

export function isOurs({ event }: AllStreamResolvedEvent): boolean {
  return event !== undefined && !event.type.startsWith('$') && isOurStream(event.streamId);
}

function isOurStream(name: string): boolean {
  return name === OPERATIONS_STREAM || parseStreamName(name) !== null;
}

/** Where the client begins that goes on after `position`. Its two halves differ only in transactions of a protocol that is gone. */
export function placeOf(position: bigint): ReadPosition {
  return position === 0n ? START : { commit: position, prepare: position };
}

export function positionOf({ event }: AllStreamResolvedEvent): bigint {
  return event?.position.commit ?? 0n;
}
