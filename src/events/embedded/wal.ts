import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { areEqual, type FileHeader, headerIn } from './file-header.ts';

/** Source: https://sqlite.org/fileformat2.html#the_write_ahead_log */
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** What a write-ahead log holds, by its own checksums. */
export interface Wal {
  /** The pages in it, up to the first frame that is damaged, half written or of an earlier round. */
  readonly pages: ReadonlySet<number>;
  /** How many frames those are. */
  readonly frames: number;
  /**
   * The number of transactions after that frame, which SQLite does not see. A single one may have failed, or a power failure
   * may have cut it short. But the first is on disk before a second one begins: so two or more mean damage.
   */
  readonly commitsAfterDamage: number;
  /** What the first page of the database says, in each of those frames that has it, oldest first; each once. */
  readonly headers: readonly FileHeader[];
}

const NONE: Wal = { pages: new Set(), frames: 0, commitsAfterDamage: 0, headers: [] };

/**
 * Reads the whole write-ahead log and changes nothing. The database file is not opened here: closing it would drop the locks
 * that SQLite holds on it in this process.
 */
export function readWal(file: string, pageBytes: number): Wal {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NONE;
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
  const headers: FileHeader[] = [];
  let frames = 0;
  let commitsAfterDamage = 0;
  const header = Buffer.from(new ArrayBuffer(HEADER_BYTES));
  readSync(fd, header, 0, HEADER_BYTES, 0);
  const sum = new Checksum(header);
  let isWhole = sum.add(header, 0, 24).matches(header, 24);
  // The salts of a damaged header cannot be trusted; the first frame has the same.
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
      const page = frame.readUInt32BE(0);
      pages.add(page);
      if (page === 1) addHeader(headers, headerIn(frame.subarray(FRAME_HEADER_BYTES)));
      continue;
    }
    if (!isOfThisRound || !followsTheOneBefore) commitsInRow = 0;
    const isCommit = frame.readUInt32BE(4) > 0;
    if (isOfThisRound && isCommit) commitsInRow += 1;
    commitsAfterDamage = Math.max(commitsAfterDamage, commitsInRow);
    sum.continueFrom(frame, 16);
  }
  return { pages, frames, commitsAfterDamage, headers };
}

function addHeader(headers: FileHeader[], header: FileHeader): void {
  const last = headers.at(-1);
  if (last === undefined || !areEqual(last, header)) headers.push(header);
}

/** The running checksum of a write-ahead log, in the byte order that its header names. */
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

  /** Continues from the checksum that `bytes` hold at an offset. */
  continueFrom(bytes: Buffer, at: number): void {
    this.#first = bytes.readInt32BE(at);
    this.#second = bytes.readInt32BE(at + 4);
  }

  /** Whether `bytes` hold the same checksum at an offset. A log of another byte order is not checked. */
  matches(bytes: Buffer, at: number): boolean {
    if (!this.#isOfThisMachine) return true;
    return bytes.readInt32BE(at) === this.#first && bytes.readInt32BE(at + 4) === this.#second;
  }
}
