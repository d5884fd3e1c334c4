import { z } from 'zod';
import type { importView } from '../../projections/views/import-view.ts';
import { parseImportCursor } from './import-cursor.ts';
import { cursor, limit, parameter, withPlus } from './query-values.ts';

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
      'saw misses imports. A way that misses none will come with the feed of events.',
    '2019-04-08T19:38:58.041+02:00',
  ),
  // A bound between two milliseconds is rounded up: an import of the earlier millisecond is before it.
  created_before: parameter(
    time(1).optional(),
    'Only imports created before this time. The time needs a zone.',
    '2019-04-09T00:00:00Z',
  ),
  limit,
  cursor: cursor(parseImportCursor),
});

/** A time in UTC, to the millisecond. */
function time(roundUpMs = 0) {
  const error = 'takes a time with its zone, such as 2019-04-08T19:38:58.041+02:00 or 2019-04-08T17:38:58Z.';
  return z.preprocess(
    (text) => (typeof text === 'string' ? withPlus(text) : text),
    z.iso.datetime({ offset: true, error }).transform((text, { addIssue }) => {
      const isBetween = /\.\d{3}0*[1-9]/.test(text);
      const utc = new Date(Date.parse(text) + (isBetween ? roundUpMs : 0)).toISOString();
      // Outside of the years 0 to 9999 the text has another length and does not sort.
      if (utc.length === '2019-04-08T17:38:58.041Z'.length) return utc;
      addIssue({ code: 'custom', message: 'must lie in the years 0 to 9999, in UTC.', input: text });
      return z.NEVER;
    }),
  );
}
