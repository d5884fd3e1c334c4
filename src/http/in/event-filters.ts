import { z } from 'zod';
import { isStreamName, OPERATIONS_STREAM, STREAM_BEGINNINGS } from '../../events/streams.ts';
import { PLACES, placeIn } from '../../history/place-text.ts';
import { parseEventCursor } from './event-cursor.ts';
import { cursor, limit, NOT_OUR_CURSOR, parameter, parsed, withPlus } from './query-values.ts';

// Only our own streams: an EventStoreDB server has others, such as those of its accounts.
const stream = z
  .string()
  .refine(isStreamName, {
    error:
      'takes the name of a stream: import-, user-, secret-, connection-, webhook- or access- and an id, such as ' +
      `import-3d172b54-f40f-4df9-9342-0b042fac5382, or ${OPERATIONS_STREAM}.`,
  })
  .meta({
    override: {
      pattern: `^(?:${STREAM_BEGINNINGS.map((name) => (name.endsWith('-') ? `${name}.*` : name)).join('|')})$`,
    },
  });

const uuid = z.uuid({ error: 'takes a UUID, such as f1900bba-e339-4dc9-87df-9dc8665adead.' }).toLowerCase();

const place = parsed((text) => placeIn(withPlus(text)), `takes ${PLACES}.`);

/** The parameters of a list of events. */
export const eventFilters = z
  .object({
    stream: parameter(
      stream.optional(),
      `Only events of this stream: \`import-\`, \`user-\`, \`secret-\`, \`connection-\`, \`webhook-\` or \`access-\` and an id, or \`${OPERATIONS_STREAM}\`.`,
      'import-3d172b54-f40f-4df9-9342-0b042fac5382',
    ),
    type: parameter(z.string().optional(), 'Only events of this type.', 'ImportRequested'),
    organization_id: parameter(
      uuid.optional(),
      'Only events of this organization.',
      '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
    ),
    user_id: parameter(uuid.optional(), 'Only events that this user caused.', 'f1900bba-e339-4dc9-87df-9dc8665adead'),
    request_id: parameter(
      z.string().optional(),
      'Only events of this request: the `X-Request-Id` of its answer, or the `request_id` of an event.',
      'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
    ),
    correlation_id: parameter(
      z.string().optional(),
      'Only events that began with this request.',
      'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
    ),
    since: parameter(
      place.optional(),
      'From this place on, itself included: a position of the log, a time with its zone, to the millisecond, a day, which begins in UTC, or how long ago, such as 2d. ' +
        'A time is compared with the time of each event. A later position may have an earlier time.',
      '2019-04-08T19:38:58.041+02:00',
    ),
    until: parameter(place.optional(), 'Up to this place, itself included.', '1204'),
    limit,
    cursor: cursor(parseEventCursor),
  })
  // A search of one stream goes by revisions. A cursor of the other kind belongs to another search.
  .refine(({ stream, cursor }) => cursor === undefined || 'revision' in cursor === (stream !== undefined), {
    error: NOT_OUR_CURSOR,
    path: ['cursor'],
  });
