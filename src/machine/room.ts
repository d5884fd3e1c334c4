import { statfsSync } from 'node:fs';

/** What is left to the log, which is usually on the same disk and cannot do without. */
export const FLOOR_BYTES = 64 * 1024 * 1024;

/** A look costs some microseconds. */
const LOOK_EVERY_MS = 1_000;

/** The free room of a folder's disk. */
export class Room {
  readonly #folder: string;
  readonly #floorBytes: number;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #isLow = false;

  constructor(folder: string, floorBytes: number) {
    this.#folder = folder;
    this.#floorBytes = floorBytes;
  }

  /** Whether less than the floor is free, as of the newest look. */
  get isLow(): boolean {
    return this.#isLow;
  }

  /** Looks, at most once a second. Gives whether it did. @throws errors of the file system */
  look(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return false;
    this.#lookedAtMs = nowMs;
    const { bavail, bsize } = statfsSync(this.#folder);
    this.#isLow = bavail * bsize < this.#floorBytes;
    return true;
  }
}
