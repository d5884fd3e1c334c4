import { z } from 'zod';
import { IMPORT_REASONS } from '../../events/import-events.ts';
import { importView } from '../../projections/views/import-view.ts';
import { malformed } from '../out/problem.ts';
import { parseListCursor } from './list-cursor.ts';
import { cursor, limit, parameter, time } from './query-values.ts';

const STATUSES = ['waiting', 'running', 'succeeded', 'failed', 'cancelled'] as const;

/** One for each filter that the view declares, but the one by which an image is found. */
const having: {
  readonly [F in Exclude<(typeof importView.list.filters)[number], 'image_id'>]: z.ZodOptional<z.ZodType<string>>;
} = {
  album_id: parameter(z.string().optional(), 'Only imports into this album.', '5005800000HEXCtAAP'),
  import_type: parameter(z.string().optional(), 'Only imports of this type.', 'salesforce'),
  status: parameter(
    z.enum(STATUSES, { error: `takes one of ${STATUSES.join(', ')}.` }).optional(),
    'Only imports with this status.',
    'failed',
  ),
  reason: parameter(
    z.enum(IMPORT_REASONS, { error: `takes one of ${IMPORT_REASONS.join(', ')}.` }).optional(),
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

const { indexes } = importView.list;

/** The filters that can be combined, as a part of a sentence. */
export const COMBINATIONS = Object.values(indexes)
  .filter((filters) => filters.length > 1)
  .map((filters) => filters.map((field) => `\`${field}\``).join(' with '))
  .join(', ');

/** Without an index that serves all filters, a page could cost a look at each import. @throws {Problem} there is no such index */
export function assertCombined(query: z.output<typeof importFilters>): void {
  const given = Object.keys(having).filter((field) => query[field as keyof typeof having] !== undefined);
  const isExact = (filters: readonly string[]) =>
    filters.length === given.length && given.every((field) => filters.includes(field));
  if (Object.values(indexes).some(isExact)) return;
  throw malformed(
    `A list cannot be filtered by ${given.join(', ')} together. These can be combined: ${COMBINATIONS.replaceAll('`', '')}. ` +
      'Leave the other filters out, and choose among the imports that come.',
  );
}
