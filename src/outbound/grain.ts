/** So many pieces are always taken: a slow sender's may be of a byte each. */
const PIECES = 4_096;

/** The least that a piece has on average. Each costs microseconds, however small it is: a megabyte in bytes would hold up everybody. */
const LEAST_BYTES = 64;

/** The sizes of the pieces in which somebody sends us a body. */
export class Grain {
  #pieces = 0;
  #bytes = 0;

  /** Counts a piece. Gives whether they are too small by now. */
  isTooFine(bytes: number): boolean {
    this.#pieces += 1;
    this.#bytes += bytes;
    return this.#pieces > PIECES && this.#bytes < this.#pieces * LEAST_BYTES;
  }
}
