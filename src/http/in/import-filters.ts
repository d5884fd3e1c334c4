import { z } from 'zod';
import { IMPORT_REASONS } from '../../events/event-types.ts';
import type { importView } from '../../projections/views/import-view.ts';
import { parseListCursor } from './list-cursor.ts';
import { cursor, limit, parameter, time } from './query-values.ts';

/** One for each filter that the view declares, but the one by which an image is found. */
const having: {
  readonly [F in Exclude<(typeof importView.list.filters)[number], 'image_id'>]: z.ZodOptional<z.ZodType<string>>;
} = {
  album_id: parameter(z.string().optional(), 'Only imports into this album.', '5005800000HEXCtAAP'),
  import_type: parameter(z.string().optional(), 'Only imports of this type.', 'salesforce'),
  status: parameter(
    z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled']).optional(),
    'Only imports with this status.',
    'failed',
  ),
  reason: parameter(
    z.enum(IMPORT_REASONS).optional(),
    'Only imports that have not succeeded for this reason.',
    'source_not_found',
  ),
};

/** The parameters of a list of imports. */
export const importFilters = z.object({
  ...having,
  created_after: parameter(
    time().optional(),
    'Only imports created after this time. The time needs a zone. Do not use it as a cursor: an import gets its time before it is recorded, so an ' +
      'import with an earlier time may become visible after one with a later time. A caller who polls from the newest `created_at` that they ' +
      'saw misses imports. To poll without missing any, use `GET /api/v1/events`.',
    '2019-04-08T19:38:58.041+02:00',
  ),
  // A bound between two milliseconds is rounded up: an import of the earlier millisecond is before it.
  created_before: parameter(
    time(1).optional(),
    'Only imports created before this time. The time needs a zone.',
    '2019-04-09T00:00:00Z',
  ),
  limit,
  cursor: cursor(parseListCursor),
});
