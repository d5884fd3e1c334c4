import type { SQLOutputValue } from 'node:sqlite';
import { fromStorable, toStorable } from '../exact-text.ts';
import type { Checkpoint, Stored } from '../read-model.ts';
import type { ViewKind, Views } from '../views.ts';

/** How a view lies in its table: one plain column a field, in this order after `revision`. */
export const tables = {
  import: {
    name: 'imports',
    fields: [
      'id',
      'organization_id',
      'image_id',
      'import_type',
      'album_id',
      'params',
      'created_at',
      'updated_at',
    ] satisfies (keyof Views['import'])[],
  },
  user: {
    name: 'users',
    fields: ['id', 'organization_id', 'role', 'registered_at', 'removed_at'] satisfies (keyof Views['user'])[],
  },
  secret: {
    name: 'secrets',
    fields: ['id', 'organization_id', 'issued_at', 'revoked_at'] satisfies (keyof Views['secret'])[],
  },
} as const;

/** What a statement gives when asked for arrays: `revision`, then the fields in the order of `tables`. */
export type Row = readonly SQLOutputValue[];

function fromNullable(column: SQLOutputValue | undefined): string | null {
  return column === null ? null : fromStorable(column);
}

/** The columns of a view, in the order of `tables`. */
export function toRow<K extends ViewKind>(kind: K, revision: number, view: Views[K]): (string | number | null)[] {
  const row: (string | number | null)[] = [revision];
  const fields: readonly string[] = tables[kind].fields;
  for (const field of fields) row.push(toStorable((view as unknown as Record<string, string | null>)[field] as string));
  return row;
}

const views: { readonly [K in ViewKind]: (row: Row) => Views[K] } = {
  import: (row) => ({
    id: fromStorable(row[1]),
    organization_id: fromStorable(row[2]),
    image_id: fromNullable(row[3]),
    import_type: fromNullable(row[4]),
    album_id: fromNullable(row[5]),
    params: fromStorable(row[6]),
    created_at: fromStorable(row[7]),
    updated_at: fromStorable(row[8]),
  }),
  user: (row) => ({
    id: fromStorable(row[1]),
    organization_id: fromStorable(row[2]),
    role: fromStorable(row[3]) as Views['user']['role'],
    registered_at: fromStorable(row[4]),
    removed_at: fromNullable(row[5]),
  }),
  secret: (row) => ({
    id: fromStorable(row[1]),
    organization_id: fromStorable(row[2]),
    issued_at: fromStorable(row[3]),
    revoked_at: fromNullable(row[4]),
  }),
};

/** The view in a row that was selected in the order of `tables`. */
export function fromRow<K extends ViewKind>(kind: K, row: Row): Stored<K> {
  return { revision: row[0] as number, view: views[kind](row) };
}

/** The checkpoint in a row of `log, position, generation`, its position read as a bigint. */
export function checkpointFrom([log, position, generation]: Row): Checkpoint {
  return { log: fromStorable(log), position: position as bigint, generation: fromStorable(generation) };
}

/** `revision, id, …`: what to select for `fromRow`. */
export function selected(kind: ViewKind): string {
  return ['revision', ...tables[kind].fields].join(', ');
}
