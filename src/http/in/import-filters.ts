import { z } from 'zod';
import type { importView } from '../../projections/views/import-view.ts';
import { parseListCursor } from './list-cursor.ts';
import { cursor, limit, parameter, time } from './query-values.ts';

/** One for each filter that the view declares. */
const having: { readonly [F in (typeof importView.list.filters)[number]]: z.ZodOptional<z.ZodString> } = {
  album_id: parameter(z.string().optional(), 'Only imports into this album.', '5005800000HEXCtAAP'),
  import_type: parameter(z.string().optional(), 'Only imports of this type.', 'salesforce'),
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
