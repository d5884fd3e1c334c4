import type { SealedTable } from './sealed-table.ts';

export type Op = keyof SealedTable;
export type ArgsOf<O extends Op> = Parameters<SealedTable[O]>;
export type ValueOf<O extends Op> = ReturnType<SealedTable[O]>;

/** A request to the thread: a call of the table. */
export type SealedRequest = { readonly [O in Op]: { readonly op: O; readonly args: ArgsOf<O> } }[Op];

/** The thread's `workerData`. */
export interface SealedData {
  readonly file: string;
  /** The id of the log whose they are, for a file that does not say. */
  readonly log: string | null;
}

/** Whether a request needs a transaction that writes. */
export function isWrite({ op }: SealedRequest): boolean {
  return op !== 'get' && op !== 'ids';
}

/** About how many characters a request holds. */
export function charactersIn(request: SealedRequest): number {
  if (request.op === 'replace') return request.args[1].byteLength + request.args[2].byteLength;
  return request.op === 'put' ? request.args[1].byteLength : 100;
}
