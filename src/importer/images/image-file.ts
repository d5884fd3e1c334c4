import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** So much is read at once at least: the next part is usually near. */
const WINDOW_BYTES = 64 * 1024;

/** A file that is read in parts. Each call blocks its thread. */
export class ImageFile {
  readonly path: string;
  readonly bytes: number;
  readonly #descriptor: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  constructor(path: string) {
    this.path = path;
    this.#descriptor = openSync(path, 'r');
    this.bytes = fstatSync(this.#descriptor).size;
  }

  /** The bytes from a place on: fewer than `length`, or none, if the file ends before. */
  part(start: number, length: number): Buffer {
    if (start < this.#windowStart || start + length > this.#windowStart + this.#window.length) {
      this.#window = this.#read(start, Math.max(length, WINDOW_BYTES));
      this.#windowStart = start;
    }
    return this.#window.subarray(start - this.#windowStart, start - this.#windowStart + length);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #read(start: number, length: number): Buffer {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.bytes - start)));
    let read = 0;
    while (read < buffer.length) {
      const more = readSync(this.#descriptor, buffer, read, buffer.length - read, start + read);
      if (more === 0) break;
      read += more;
    }
    return buffer.subarray(0, read);
  }
}
