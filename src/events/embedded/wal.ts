import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';

/** Source of all that is known here: https://sqlite.org/fileformat2.html#the_write_ahead_log */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** What a write-ahead log holds, by its own checksums. */
export interface Wal {
  /** The pages that it holds anew, up to the first frame that is damaged, half written or of an earlier round. */
  readonly pages: ReadonlySet<number>;
  /** How many frames those are. */
  readonly frames: number;
  /**
   * Transactions, one after the other, that lie behind that frame, where SQLite will not look for them. One alone may have
   * been cut short by a power failure, or have failed. But before a second one begins, the first is on disk: so two or more
   * mean that something was damaged since.
   */
  readonly commitsBehind: number;
}

/**
 * Reads the write-ahead log, whole, without changing it. It is a file of its own: to open and close the database file here
 * would drop the locks that SQLite holds on that one in this process.
 */
export function readWal(file: string, pageBytes: number): Wal {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { pages: new Set(), frames: 0, commitsBehind: 0 };
    throw error;
  }
  try {
    return scan(fd, fstatSync(fd).size, pageBytes);
  } finally {
    closeSync(fd);
  }
}

function scan(fd: number, size: number, pageBytes: number): Wal {
  const pages = new Set<number>();
  let frames = 0;
  let commitsBehind = 0;
  const header = Buffer.from(new ArrayBuffer(HEADER_BYTES));
  readSync(fd, header, 0, HEADER_BYTES, 0);
  const sum = new Checksum(header);
  let isWhole = sum.add(header, 0, 24).matches(header, 24);
  // A damaged header says no salts to go by; the first frame's are the same.
  let salts = isWhole ? header.subarray(16, 24) : null;
  let commitsInRow = 0;
  const frame = Buffer.from(new ArrayBuffer(FRAME_HEADER_BYTES + pageBytes));
  for (let at = HEADER_BYTES; at + frame.length <= size; at += frame.length) {
    readSync(fd, frame, 0, frame.length, at);
    salts ??= Buffer.from(frame.subarray(8, 16));
    const isOfThisRound = frame.subarray(8, 16).equals(salts);
    const followsTheOneBefore = sum.add(frame, 0, 8).add(frame, FRAME_HEADER_BYTES, frame.length).matches(frame, 16);
    isWhole &&= isOfThisRound && followsTheOneBefore;
    if (isWhole) {
      frames += 1;
      pages.add(frame.readUInt32BE(0));
      continue;
    }
    if (!isOfThisRound || !followsTheOneBefore) commitsInRow = 0;
    const isCommit = frame.readUInt32BE(4) > 0;
    if (isOfThisRound && isCommit) commitsInRow += 1;
    commitsBehind = Math.max(commitsBehind, commitsInRow);
    sum.goOnFrom(frame, 16);
  }
  return { pages, frames, commitsBehind };
}

/** The running checksum of a write-ahead log; in the byte order of the machine that made it, which the header says. */
class Checksum {
  readonly #isOfThisMachine: boolean;
  #first = 0;
  #second = 0;

  constructor(header: Buffer) {
    const isBigEndian = (header.readUInt32BE(0) & 1) === 1;
    this.#isOfThisMachine = isBigEndian === (endianness() === 'BE');
  }

  /** Adds the words of `bytes` from one offset to another. */
  add(bytes: Buffer, from: number, to: number): this {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + from, (to - from) / 4);
    let first = this.#first;
    let second = this.#second;
    for (let index = 0; index < words.length; index += 2) {
      first = (first + (words[index] as number) + second) | 0;
      second = (second + (words[index + 1] as number) + first) | 0;
    }
    this.#first = first;
    this.#second = second;
    return this;
  }

  /** Takes the checksum that `bytes` say at an offset for its own. */
  goOnFrom(bytes: Buffer, at: number): void {
    this.#first = bytes.readInt32BE(at);
    this.#second = bytes.readInt32BE(at + 4);
  }

  /** Whether `bytes` say the same at an offset. A log made in another byte order is taken at its word. */
  matches(bytes: Buffer, at: number): boolean {
    if (!this.#isOfThisMachine) return true;
    return bytes.readInt32BE(at) === this.#first && bytes.readInt32BE(at + 4) === this.#second;
  }
}
