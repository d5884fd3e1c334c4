import { z } from 'zod';
import { OPERATIONS_STREAM, parseStreamName } from '../../events/streams.ts';
import { PLACES, placeIn } from '../../history/place-text.ts';
import { parseEventCursor } from './event-cursor.ts';
import { cursor, limit, NOT_OUR_CURSOR, parameter, parsed, withPlus } from './query-values.ts';

// Streams of the log alone: an EventStoreDB server has others, its own with the accounts among them.
const stream = z
  .string()
  .refine((name) => name === OPERATIONS_STREAM || parseStreamName(name) !== null, {
    error:
      'takes the name of a stream: import-, user- or secret- and an id, such as ' +
      `import-3d172b54-f40f-4df9-9342-0b042fac5382, or ${OPERATIONS_STREAM}.`,
  })
  .meta({ override: { pattern: `^(?:(?:import|user|secret)-.*|${OPERATIONS_STREAM})$` } });

const uuid = z.uuid({ error: 'takes a UUID, such as f1900bba-e339-4dc9-87df-9dc8665adead.' }).toLowerCase();

const place = parsed((text) => placeIn(withPlus(text)), `takes ${PLACES}.`);

/** The parameters of a list of events. */
export const eventFilters = z
  .object({
    stream: parameter(
      stream.optional(),
      `Only events of this stream: \`import-\`, \`user-\` or \`secret-\` and an id, or \`${OPERATIONS_STREAM}\`.`,
      'import-3d172b54-f40f-4df9-9342-0b042fac5382',
    ),
    type: parameter(z.string().optional(), 'Only events of this type.', 'ImportRequested'),
    organization_id: parameter(
      uuid.optional(),
      'Only events of this organization.',
      '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83',
    ),
    user_id: parameter(uuid.optional(), 'Only what this user brought about.', 'f1900bba-e339-4dc9-87df-9dc8665adead'),
    request_id: parameter(
      z.string().optional(),
      'Only events of this request.',
      'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
    ),
    correlation_id: parameter(
      z.string().optional(),
      'Only what began with this request.',
      'fa057bb6-d3cf-4427-8b65-b4d14d83bcb8',
    ),
    since: parameter(
      place.optional(),
      'From this place on, itself included: a position of the log, a time with its zone, to the millisecond, or a day, as it begins in UTC. ' +
        'Times are compared with the time of each event, which need not grow with the positions.',
      '2019-04-08T19:38:58.041+02:00',
    ),
    until: parameter(place.optional(), 'Up to this place, itself included.', '1204'),
    limit,
    cursor: cursor(parseEventCursor),
  })
  // Within one stream it goes by revisions; a cursor of the other kind is of another search.
  .refine(({ stream, cursor }) => cursor === undefined || 'revision' in cursor === (stream !== undefined), {
    error: NOT_OUR_CURSOR,
    path: ['cursor'],
  });
