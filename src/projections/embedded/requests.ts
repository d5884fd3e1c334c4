import type { Batch } from '../projector-store.ts';
import type { Stored } from '../queries.ts';
import type { ViewShape, ViewShapes } from '../views/declare-view.ts';
import type { ViewKind } from '../views.ts';
import { type Texts, toRow, type WrittenRow } from './columns.ts';

/** A write of a view as its row: an array of texts is cheaper to send to a thread than an object. */
export interface RowWrite {
  readonly kind: ViewKind;
  readonly expectedRevision: number | null;
  readonly row: WrittenRow;
}

/** A batch with rows. */
export type RowBatch = Omit<Batch, 'writes'> & { readonly writes: readonly RowWrite[] };

/** A request to the writing thread. The reply is the outcomes of a write or a repair, else empty. */
export type WriterRequest =
  | { readonly op: 'write'; readonly batch: RowBatch }
  /** Replaces a view at the expected revision (null: none), or removes it if `after` is null. */
  | {
      readonly op: 'repair';
      readonly kind: ViewKind;
      readonly id: string;
      readonly expectedRevision: number | null;
      readonly after: WrittenRow | null;
    }
  | { readonly op: 'clear' }
  | { readonly op: 'mark filled' | 'note use'; readonly generation: string }
  /** Opens the file that the path names now, and makes a new one if there is none. */
  | { readonly op: 'look' }
  /** A read of the file `inode` failed. `damage` says how it is damaged; null: the thread must check. */
  | { readonly op: 'distrust'; readonly inode: bigint; readonly damage: string | null };

/** The writing thread's `workerData`. */
export interface WriterData {
  readonly file: string;
  readonly shapes: ViewShapes;
  /** A shared number. It grows when the writing thread opens another file, so that readers follow at once. */
  readonly generation: Int32Array<SharedArrayBuffer>;
}

/** The codes of the writing thread's failures. The detail of `damaged` is the generation that replaced the damaged file. */
export type WriterFailure = 'checkpoint_lost' | 'unavailable' | 'damaged' | 'invalid';

/** The row of a view. @throws {TypeError} no view is called like this */
export function rowOf(shapes: ViewShapes, kind: ViewKind, { revision, view }: Stored): WrittenRow {
  const shape: ViewShape | undefined = shapes[kind];
  if (shape === undefined) throw new TypeError(`no view is called ${kind}`);
  return toRow(shape, revision, view as unknown as Texts);
}

/** How many characters a request holds. */
export function charactersIn(request: WriterRequest): number {
  if (request.op !== 'write') return 0;
  let sum = 0;
  for (const { row } of request.batch.writes)
    for (const field of row) if (typeof field === 'string') sum += field.length;
  return sum;
}
