import { toStorable } from '../exact-text.ts';
import type { ImportQuery } from '../read-model.ts';
import { selected } from './columns.ts';

/** The statement that lists imports, and what is bound to it. There are as many texts as combinations of filters: 24. */
export interface ImportList {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/**
 * Each list reads one index backwards from where it begins, and no further than one row beyond `limit`, which tells whether there are
 * more. The index is named, so that no statistics (`ANALYZE` by a tool) lead SQLite to sort; without it the statement fails instead
 * of growing slow.
 */
export function importList(query: ImportQuery): ImportList {
  const { organizationId, albumId, importType, createdAfter, limit } = query;
  const parameters: (string | number)[] = [toStorable(organizationId)];
  const conditions = ['organization_id = ?'];
  if (albumId !== undefined) conditions.push('album_id = ?') && parameters.push(toStorable(albumId));
  if (importType !== undefined) conditions.push('import_type = ?') && parameters.push(toStorable(importType));
  if (createdAfter !== undefined) conditions.push('created_at > ?') && parameters.push(createdAfter);
  const end = upperBound(query);
  if (end !== null) conditions.push(end.condition) && parameters.push(...end.parameters);
  const sql = `SELECT ${selected('import')} FROM imports INDEXED BY ${indexFor(query)}
    WHERE ${conditions.join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT ?`;
  return { sql, parameters: [...parameters, limit + 1] };
}

/** The one in which all that the filters let through lies side by side: an album may hold most of the imports, and a type, too. */
function indexFor({ albumId, importType }: ImportQuery): string {
  if (albumId !== undefined) return importType === undefined ? 'imports_by_album' : 'imports_by_album_and_type';
  return importType === undefined ? 'imports_by_time' : 'imports_by_type';
}

/** The tighter of the two, alone: with both, SQLite would begin at either one and step over all between them. */
function upperBound({ createdBefore, after }: ImportQuery): { condition: string; parameters: string[] } | null {
  if (after !== undefined && (createdBefore === undefined || after.createdAt < createdBefore)) {
    return { condition: '(created_at, id) < (?, ?)', parameters: [after.createdAt, toStorable(after.id)] };
  }
  return createdBefore === undefined ? null : { condition: 'created_at < ?', parameters: [createdBefore] };
}
