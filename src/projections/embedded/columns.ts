import type { SQLOutputValue } from 'node:sqlite';
import { fromStorable, toStorable } from '../exact-text.ts';
import type { Checkpoint } from '../projector-store.ts';
import type { ViewShape } from '../views/declare-view.ts';

/** A view in its table: `revision`, then one plain column for each field, in the order of its declaration. */

/** A row of a statement that returns arrays. */
export type Row = readonly SQLOutputValue[];

/** A row to write. */
export type WrittenRow = readonly (string | number | null)[];

/** A view of any kind: each field's text. */
export type Texts = Readonly<Record<string, string | null>>;

/** The columns to select for `fromRow`: `revision, id, …`. */
export function columnsOf({ fields }: ViewShape): string[] {
  return ['revision', ...Object.keys(fields)];
}

/** A view as the row of `columnsOf`, the revision first. */
export function toRow({ fields }: ViewShape, revision: number, view: Texts): WrittenRow {
  const row: (string | number | null)[] = [revision];
  for (const field in fields) row.push(toStorable(view[field] as string | null));
  return row;
}

/** The view in a row of `columnsOf`. @throws {SyntaxError} a text is not from `toStorable` */
export function fromRow({ fields }: ViewShape, row: Row): { revision: number; view: Texts } {
  const view: Record<string, string | null> = {};
  let column = 1;
  for (const field in fields) {
    const value = row[column];
    view[field] = value === null ? null : fromStorable(value);
    column += 1;
  }
  return { revision: row[0] as number, view };
}

/** All columns: the files of earlier releases lack the last one. */
export const CHECKPOINT = 'SELECT * FROM checkpoint';

/** The checkpoint in a row of `CHECKPOINT` that was read with bigints, and when a node last used the version. */
export function checkpointFrom([_one, log, position, generation, filled, usedAt, event = null]: Row): {
  readonly checkpoint: Checkpoint;
  readonly usedAt: string | null;
} {
  const checkpoint = {
    log: fromStorable(log),
    position: position as bigint,
    generation: fromStorable(generation),
    isFilled: filled === 1n,
    ...(event === null ? {} : { event: fromStorable(event) }),
  };
  return { checkpoint, usedAt: usedAt as string | null };
}
