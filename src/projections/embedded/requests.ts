import type { Batch } from '../projector-store.ts';
import type { Stored } from '../queries.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import type { ViewKind } from '../views.ts';
import type { Texts } from './columns.ts';

/** A request to the writing thread. The reply is the outcomes of a write or a repair, else empty. */
export type WriterRequest =
  | { readonly op: 'write'; readonly batch: Batch }
  /** Replaces a view at the expected revision (null: none), or removes it if `after` is null. */
  | {
      readonly op: 'repair';
      readonly kind: ViewKind;
      readonly id: string;
      readonly expectedRevision: number | null;
      readonly after: Stored | null;
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

/** About how many characters a request holds: only the fields that bound a page of a list are large. */
export function charactersIn(request: WriterRequest, shapes: ViewShapes): number {
  if (request.op !== 'write') return 0;
  let sum = 0;
  for (const { kind, view } of request.batch.writes) {
    const sizedBy = shapes[kind]?.list?.sizedBy;
    if (sizedBy !== undefined) sum += (view as unknown as Texts)[sizedBy]?.length ?? 0;
  }
  return sum;
}
