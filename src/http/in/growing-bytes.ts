const FIRST_CAPACITY = 16 * 1_024;

/**
 * Bytes that come in pieces, mostly in one. Further pieces are copied into one buffer: a piece of one byte would take a hundred
 * bytes of memory, and a caller decides how small the pieces are.
 */
export class GrowingBytes {
  #place: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The memory that they take, in bytes: at most 16 KiB or twice their length. */
  get heldBytes(): number {
    return this.#place.length;
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) {
      this.#place = piece;
      this.#length = length;
      return;
    }
    if (length > this.#place.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, 2 * this.#place.length, length));
      this.#place.copy(larger, 0, 0, this.#length);
      this.#place = larger;
    }
    piece.copy(this.#place, this.#length);
    this.#length = length;
  }

  /** All bytes so far. Later pieces do not change the result. */
  all(): Buffer {
    return this.#place.subarray(0, this.#length);
  }
}
