import { z } from 'zod';
import type { Params } from '../../events/event-types.ts';
import type { ListQuery } from '../../projections/read-model.ts';
import { importView } from '../../projections/views/import-view.ts';
import { malformed } from '../out/problem.ts';
import { parseImportCursor } from './import-cursor.ts';
import { limitOf, notOurCursor, textOf, timeTextOf } from './query-values.ts';

/** The parameters that a list of imports takes. */
const FIELDS = importView.list.filters;
export const IMPORT_FILTERS = [...FIELDS, 'created_after', 'created_before', 'limit', 'cursor'] as const;

/** What a list of imports may be narrowed by. */
export type ImportFilters = Omit<ListQuery<'import'>, 'organizationId'>;

const dateTime = z.iso.datetime({ offset: true });

/**
 * The filters of a query string.
 * @throws {Problem} 400 naming the one that is wrong and what it should be
 */
export function importFilters(params: Params): ImportFilters {
  const cursor = textOf(params, 'cursor');
  return {
    having: Object.fromEntries(FIELDS.map((field) => [field, textOf(params, field)])),
    createdAfter: timeOf(params, 'created_after'),
    // A bound between two milliseconds lies before the later one: for this bound, that one is the next.
    createdBefore: timeOf(params, 'created_before', 1),
    after: cursor === undefined ? undefined : placeOf(cursor),
    limit: limitOf(params),
  };
}

function timeOf(params: Params, name: string, roundUpMs = 0): string | undefined {
  const text = timeTextOf(params, name);
  if (text === undefined) return undefined;
  if (!dateTime.safeParse(text).success) {
    throw malformed(
      `${name} takes a time with its zone, such as 2019-04-08T19:38:58.041+02:00 or 2019-04-08T17:38:58Z.`,
    );
  }
  const isBetween = /\.\d{3}0*[1-9]/.test(text);
  const utc = new Date(Date.parse(text) + (isBetween ? roundUpMs : 0)).toISOString();
  // Beyond the years 0 to 9999 its text has another length, and would not sort.
  if (utc.length !== '2019-04-08T17:38:58.041Z'.length)
    throw malformed(`${name} must lie in the years 0 to 9999, in UTC.`);
  return utc;
}

function placeOf(cursor: string): ImportFilters['after'] {
  const place = parseImportCursor(cursor);
  if (place === null) throw notOurCursor();
  return place;
}
