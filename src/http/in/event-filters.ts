import { validate as isUuid } from 'uuid';
import type { Params } from '../../events/event-types.ts';
import { OPERATIONS_STREAM, parseStreamName } from '../../events/streams.ts';
import type { SearchedTo } from '../../history/event-search.ts';
import type { EventSelection } from '../../history/event-selection.ts';
import { PLACES, placeIn } from '../../history/place-text.ts';
import type { Place } from '../../history/view-at.ts';
import { malformed } from '../out/problem.ts';
import { parseEventCursor } from './event-cursor.ts';
import { limitOf, notOurCursor, textOf, timeTextOf } from './query-values.ts';

/** The parameters that a list of events takes. */
export const EVENT_FILTERS = [
  'stream',
  'type',
  'organization_id',
  'user_id',
  'request_id',
  'correlation_id',
  'since',
  'until',
  'limit',
  'cursor',
] as const;

/** Which events of the log, and which part of them. */
export interface EventFilters {
  readonly selection: EventSelection;
  /** Null: from the beginning. */
  readonly after: SearchedTo | null;
  readonly limit: number;
}

/**
 * The filters of a query string.
 * @throws {Problem} 400 naming the one that is wrong and what it should be
 */
export function eventFilters(params: Params): EventFilters {
  const selection = {
    stream: streamOf(params),
    type: textOf(params, 'type'),
    organizationId: uuidOf(params, 'organization_id'),
    userId: uuidOf(params, 'user_id'),
    requestId: textOf(params, 'request_id'),
    correlationId: textOf(params, 'correlation_id'),
    since: placeOf(params, 'since'),
    until: placeOf(params, 'until'),
  };
  return { selection, after: afterOf(params, selection), limit: limitOf(params) };
}

/** Streams of the log alone: an EventStoreDB server has others, its own with the accounts among them. */
function streamOf(params: Params): string | undefined {
  const stream = textOf(params, 'stream');
  if (stream === undefined || stream === OPERATIONS_STREAM || parseStreamName(stream) !== null) return stream;
  throw malformed(
    'stream takes the name of a stream: import-, user- or secret- and an id, such as ' +
      `import-3d172b54-f40f-4df9-9342-0b042fac5382, or ${OPERATIONS_STREAM}.`,
  );
}

function uuidOf(params: Params, name: string): string | undefined {
  const text = textOf(params, name);
  if (text === undefined || isUuid(text)) return text?.toLowerCase();
  throw malformed(`${name} takes a UUID, such as f1900bba-e339-4dc9-87df-9dc8665adead.`);
}

function placeOf(params: Params, name: string): Place | undefined {
  const text = timeTextOf(params, name);
  if (text === undefined) return undefined;
  const place = placeIn(text);
  if (place === null) throw malformed(`${name} takes ${PLACES}.`);
  return place;
}

function afterOf(params: Params, { stream }: EventSelection): SearchedTo | null {
  const cursor = textOf(params, 'cursor');
  if (cursor === undefined) return null;
  const after = parseEventCursor(cursor);
  // Within one stream it goes by revisions; a cursor of the other kind is of another search.
  if (after === null || 'revision' in after !== (stream !== undefined)) throw notOurCursor();
  return after;
}
