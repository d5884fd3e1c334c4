import type { Batch } from '../projector-store.ts';
import type { Stored } from '../queries.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import type { ViewKind } from '../views.ts';
import type { Texts } from './columns.ts';

/** What the main thread asks the writing thread; the reply is the outcomes of a write or of a repair, and empty otherwise. */
export type WriterRequest =
  | { readonly op: 'write'; readonly batch: Batch }
  /** A view at the expected revision (null: none) is replaced, or removed where `after` is null. */
  | {
      readonly op: 'repair';
      readonly kind: ViewKind;
      readonly id: string;
      readonly expectedRevision: number | null;
      readonly after: Stored | null;
    }
  | { readonly op: 'clear' }
  | { readonly op: 'mark filled' | 'note use'; readonly generation: string }
  /** Only be on the file that the path names now, made afresh where it is gone. */
  | { readonly op: 'look' }
  /** A read of the file `inode` failed: `damage` says how it is damaged, null that this is for the thread to find out. */
  | { readonly op: 'distrust'; readonly inode: bigint; readonly damage: string | null };

/** The writing thread's `workerData`. */
export interface WriterData {
  readonly file: string;
  readonly shapes: ViewShapes;
  /** One number, shared: it grows whenever the writing thread goes over to another file, so that readers follow at once. */
  readonly generation: Int32Array<SharedArrayBuffer>;
}

/** The codes of the writing thread's failures. For `damaged`, the detail is the generation that replaced the damaged file. */
export type WriterFailure = 'checkpoint_lost' | 'unavailable' | 'damaged' | 'invalid';

/** About how many characters a request holds: what is large in it are the fields that size a page of a list. */
export function charactersIn(request: WriterRequest, shapes: ViewShapes): number {
  if (request.op !== 'write') return 0;
  let sum = 0;
  for (const { kind, view } of request.batch.writes) {
    const sizedBy = shapes[kind]?.list?.sizedBy;
    if (sizedBy !== undefined) sum += (view as unknown as Texts)[sizedBy]?.length ?? 0;
  }
  return sum;
}
