import { damaged } from './damaged.ts';

/**
 * The newest position that this process knows of, shared by its threads. A log never becomes shorter: one that ends before this position has
 * lost its end, and the positions after it must not be given a second time.
 */
export class NewestPosition {
  /** For the writing thread, which makes its own object over the same memory. */
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
    // Before the read: an append that ends meanwhile may not be in it.
    const known = Atomics.load(this.#known, 0);
    const head = read();
    if (head < known) throw damaged(this.#file, `it ends at position ${head}, and this process has seen ${known}`);
    this.seen(head);
    return head;
  }

  /** Takes note of an event that is in the log. */
  seen(position: number | bigint): void {
    const seen = BigInt(position);
    for (let known = Atomics.load(this.#known, 0); known < seen; ) {
      const before = Atomics.compareExchange(this.#known, 0, known, seen);
      if (before === known) return;
      known = before;
    }
  }
}
