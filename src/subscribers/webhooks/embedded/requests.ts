import type { Done } from '../../../sqlite/replaceable-worker.ts';
import type { Delivery } from '../delivery-store.ts';
import type { DeliveryTables } from './delivery-tables.ts';

/** The calls of the tables that the thread makes for its caller. */
type Calls = Omit<DeliveryTables, 'save'> & {
  save(...args: SaveArgs): void;
  /** Opens the file, and makes it if there is none. */
  look(): void;
};

type SaveArgs = Parameters<DeliveryTables['save']> extends [...infer Args, boolean] ? Args : never;

export type Op = keyof Calls;
export type ArgsOf<O extends Op> = Parameters<Calls[O]>;
export type ValueOf<O extends Op> = ReturnType<Calls[O]>;

/** A request to the thread. */
export type DeliveriesRequest = { readonly [O in Op]: { readonly op: O; readonly args: ArgsOf<O> } }[Op];

/** The thread's reply: what the tables gave. */
export type Reply = Done<unknown>;

/** The thread's `workerData`. */
export interface DeliveriesData {
  readonly file: string;
  /** The id of the log whose they are, for a file that does not say. */
  readonly log: string | null;
  /** If less is free on the disk, the file is kept small. */
  readonly floorBytes: number;
}

const WRITES: ReadonlySet<Op> = new Set<Op>(['save', 'end', 'take', 'release', 'removeFinished']);

/** Whether a request needs a transaction that writes. */
export function isWrite({ op }: DeliveriesRequest): boolean {
  return WRITES.has(op);
}

/** About how many characters a request holds. */
export function charactersIn(request: DeliveriesRequest): number {
  if (request.op !== 'save') return 100;
  return request.args[1].reduce((sum, delivery) => sum + charactersOf(delivery), 0);
}

function charactersOf({ attempts }: Delivery): number {
  return attempts.reduce((sum, { answer }) => sum + 200 + (answer?.length ?? 0), 500);
}
