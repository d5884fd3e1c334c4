import type { Filter, Sort } from 'mongodb';
import type { Shaped } from '../../mongodb/document.ts';
import { toStorable } from '../exact-text.ts';
import type { ListQuery } from '../queries.ts';
import type { ListDeclaration } from '../views/declare-view.ts';

/** Newest first, as each index of a list ends. */
export const NEWEST_FIRST = { created_at: -1, _id: -1 } as const satisfies Sort;

/** The filter of a query, for a `find` that is sorted by `NEWEST_FIRST`: one range of one index. */
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
    // This bounds the range. The `$or` below only skips views of this millisecond that the page before has shown.
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
