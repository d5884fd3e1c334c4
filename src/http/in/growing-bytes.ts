const FIRST_CAPACITY = 16 * 1_024;

/**
 * Bytes that come in pieces, most often in one. Further ones are copied into one place: kept as it is, a piece of one byte
 * takes a hundred, and a caller decides how small the pieces are.
 */
export class GrowingBytes {
  #place: Buffer = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** How much memory they take, in bytes: at most 16 KiB or twice their length. */
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

  /** All of them; later ones do not change it. */
  all(): Buffer {
    return this.#place.subarray(0, this.#length);
  }
}
