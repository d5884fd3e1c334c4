import { damaged } from './damaged.ts';

/**
 * The newest position that this process knows, shared by its threads. A log never becomes shorter. If it ends before this position, it has
 * lost its end; then its lost positions must not be given to other events.
 */
export class NewestPosition {
  /** The writing thread makes its own object over this memory. */
  readonly shared: SharedArrayBuffer;
  readonly #known: BigInt64Array;
  readonly #file: string;

  constructor(file: string, shared = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#known = new BigInt64Array(shared);
    this.#file = file;
  }

  /**
   * The head that `read` finds.
   * @throws {LogDamaged} the log ends before a position that was known when the read began
   */
  head(read: () => number): number {
    // Before the read, because the read may miss an append that ends meanwhile.
    const known = Atomics.load(this.#known, 0);
    const head = read();
    if (head < known) throw damaged(this.#file, `it ends at position ${head}, and this process has seen ${known}`);
    this.seen(head);
    return head;
  }

  /** Remembers an event that is in the log. */
  seen(position: number | bigint): void {
    const seen = BigInt(position);
    for (let known = Atomics.load(this.#known, 0); known < seen; ) {
      const before = Atomics.compareExchange(this.#known, 0, known, seen);
      if (before === known) return;
      known = before;
    }
  }
}
