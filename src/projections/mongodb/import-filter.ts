import type { Filter, Sort } from 'mongodb';
import { toStorable } from '../exact-text.ts';
import type { ImportQuery } from '../read-model.ts';
import type { Shaped } from './documents.ts';

/** Newest first, as each index of `imports` ends. */
export const NEWEST_FIRST = { created_at: -1, _id: -1 } as const satisfies Sort;

/** Which imports a query is after, for a `find` that is sorted by `NEWEST_FIRST`: one range of one index. */
export function importFilter(query: ImportQuery): Filter<Shaped> {
  const { organizationId, albumId, importType, createdAfter, createdBefore, after } = query;
  const createdAt = {
    ...(createdAfter !== undefined && { $gt: createdAfter }),
    ...(createdBefore !== undefined && { $lt: createdBefore }),
    // Bounds the range by itself; the `$or` below only steps over what the page before has shown of this millisecond.
    ...(after !== undefined && { $lte: after.createdAt }),
  };
  return {
    organization_id: toStorable(organizationId),
    ...(albumId !== undefined && { album_id: toStorable(albumId) }),
    ...(importType !== undefined && { import_type: toStorable(importType) }),
    ...(Object.keys(createdAt).length > 0 && { created_at: createdAt }),
    ...(after !== undefined && {
      $or: [
        { created_at: { $lt: after.createdAt } },
        { created_at: after.createdAt, _id: { $lt: toStorable(after.id) } },
      ],
    }),
  };
}
