import { toStorable } from '../exact-text.ts';
import type { ListQuery } from '../queries.ts';
import type { ListDeclaration, ViewShape } from '../views/declare-view.ts';
import { columnsOf } from './columns.ts';

/** The statement that lists views, and its parameters. There is one text for each combination of conditions. */
export interface ListStatement {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/**
 * Each list reads one index from its end, and at most one row more than `limit`, to know whether there are more. The index is named, so
 * that SQLite never sorts because of statistics (`ANALYZE` by a tool). Without the index the statement fails rather than be slow.
 * @throws {TypeError} a filter that is not declared
 */
export function listStatement(shape: ViewShape, query: ListQuery): ListStatement {
  const { organizationId, having = {}, createdAfter, limit } = query;
  const parameters: (string | number)[] = [toStorable(organizationId)];
  const conditions = ['organization_id = ?'];
  const filters: string[] = [];
  for (const field of shape.list?.filters ?? []) {
    const value = (having as Readonly<Record<string, string | undefined>>)[field];
    if (value === undefined) continue;
    filters.push(field);
    conditions.push(`${field} = ?`) && parameters.push(toStorable(value));
  }
  if (createdAfter !== undefined) conditions.push('created_at > ?') && parameters.push(createdAfter);
  const end = upperBound(query);
  if (end !== null) conditions.push(end.condition) && parameters.push(...end.parameters);
  const index = `${shape.name}_${indexFor(filters, shape.list)}`;
  const sql = `SELECT ${columnsOf(shape).join(', ')} FROM ${shape.name} INDEXED BY ${index}
    WHERE ${conditions.join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT ?`;
  return { sql, parameters: [...parameters, limit + 1] };
}

/** The index that serves most of the filters: a single filter may match most of the views. */
function indexFor(filters: readonly string[], list: ListDeclaration | undefined): string {
  const serving = Object.entries(list?.indexes ?? {}).filter(([, served]) =>
    served.every((field) => filters.includes(field)),
  );
  const [most] = serving.toSorted(([, one], [, other]) => other.length - one.length);
  if (most === undefined) throw new TypeError('views of this kind are not listed');
  return most[0];
}

/** Only the tighter of the two bounds: with both, SQLite may begin at the other one and step over all rows between them. */
function upperBound({ createdBefore, after }: ListQuery): { condition: string; parameters: string[] } | null {
  if (after !== undefined && (createdBefore === undefined || after.createdAt < createdBefore)) {
    return { condition: '(created_at, id) < (?, ?)', parameters: [after.createdAt, toStorable(after.id)] };
  }
  return createdBefore === undefined ? null : { condition: 'created_at < ?', parameters: [createdBefore] };
}
