import type { Filter, Sort } from 'mongodb';
import { toStorable } from '../exact-text.ts';
import type { ListQuery } from '../queries.ts';
import type { ListDeclaration } from '../views/declare-view.ts';
import type { Shaped } from './documents.ts';

/** Newest first, as each index of a list ends. */
export const NEWEST_FIRST = { created_at: -1, _id: -1 } as const satisfies Sort;

/** Which views a query is after, for a `find` that is sorted by `NEWEST_FIRST`: one range of one index. */
export function listFilter({ filters }: ListDeclaration, query: ListQuery): Filter<Shaped> {
  const { organizationId, createdAfter, createdBefore, after } = query;
  const having = (query.having ?? {}) as Readonly<Record<string, string | undefined>>;
  const values = filters.flatMap((field): [string, string][] => {
    const value = having[field];
    return value === undefined ? [] : [[field, toStorable(value)]];
  });
  const createdAt = {
    ...(createdAfter !== undefined && { $gt: createdAfter }),
    ...(createdBefore !== undefined && { $lt: createdBefore }),
    // Bounds the range by itself; the `$or` below only steps over what the page before has shown of this millisecond.
    ...(after !== undefined && { $lte: after.createdAt }),
  };
  return {
    organization_id: toStorable(organizationId),
    ...Object.fromEntries(values),
    ...(Object.keys(createdAt).length > 0 && { created_at: createdAt }),
    ...(after !== undefined && {
      $or: [
        { created_at: { $lt: after.createdAt } },
        { created_at: after.createdAt, _id: { $lt: toStorable(after.id) } },
      ],
    }),
  };
}
