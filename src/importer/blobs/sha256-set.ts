/**
 * A set of sha256 in hex, for a million and more: each takes some 16 bytes, outside of the heap. It keeps 71 of their 256 bits. Two that have the same are taken for one, which
 * does not happen by chance.
 */
export class Sha256Set {
  /** By the first byte, so that none has to grow by much at once. */
  readonly #parts = Array.from({ length: 0x100 }, () => new Part());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(sha256: string): void {
    if (this.#partOf(sha256).add(...keyOf(sha256))) this.#size += 1;
  }

  has(sha256: string): boolean {
    return this.#partOf(sha256).has(...keyOf(sha256));
  }

  delete(sha256: string): void {
    if (this.#partOf(sha256).delete(...keyOf(sha256))) this.#size -= 1;
  }

  /** Deletes those whose first byte is `byte` or more. */
  deleteFrom(byte: number): void {
    for (let first = byte; first < this.#parts.length; first += 1) {
      this.#size -= this.#parts[first]?.size ?? 0;
      this.#parts[first] = new Part();
    }
  }

  #partOf(sha256: string): Part {
    return this.#parts[firstByteOf(sha256)] as Part;
  }
}

/** 0 to 255. @param sha256 in hex */
export function firstByteOf(sha256: string): number {
  return Number.parseInt(sha256.slice(0, 2), 16);
}

/** Two numbers of 32 bits. The first is never 0. */
function keyOf(sha256: string): [number, number] {
  return [Number.parseInt(sha256.slice(2, 10), 16) || 1, Number.parseInt(sha256.slice(10, 18), 16)];
}

/** A table of pairs of numbers. The place of a pair follows from its first number; if that is taken, it is the next free one. */
class Part {
  #table = new Uint32Array(32);
  size = 0;
  /** With those that were deleted. */
  #used = 0;

  has(high: number, low: number): boolean {
    return this.#table[this.#placeOf(high, low)] === high;
  }

  add(high: number, low: number): boolean {
    if (this.#used >= this.#table.length / 4) this.#grow();
    const place = this.#placeOf(high, low);
    if (this.#table[place] === high) return false;
    this.#put(place, high, low);
    this.size += 1;
    return true;
  }

  /** Leaves a mark that nothing has, so that those after it are still found. */
  delete(high: number, low: number): boolean {
    const place = this.#placeOf(high, low);
    if (this.#table[place] !== high) return false;
    this.#table[place] = 0;
    this.#table[place + 1] = DELETED;
    this.size -= 1;
    return true;
  }

  /** Where the pair is, or would be. */
  #placeOf(high: number, low: number): number {
    const table = this.#table;
    let place = (high * 2) % table.length;
    while (
      (table[place] !== 0 || table[place + 1] === DELETED) &&
      !(table[place] === high && table[place + 1] === low)
    ) {
      place = (place + 2) % table.length;
    }
    return place;
  }

  #put(place: number, high: number, low: number): void {
    this.#table[place] = high;
    this.#table[place + 1] = low;
    this.#used += 1;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    this.#used = 0;
    for (let place = 0; place < old.length; place += 2) {
      const [high = 0, low = 0] = [old[place], old[place + 1]];
      if (high !== 0) this.#put(this.#placeOf(high, low), high, low);
    }
  }
}

const DELETED = 1;
