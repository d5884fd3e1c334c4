import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Source: https://sqlite.org/fileformat2.html */
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const USUAL_PAGE_BYTES = 4096;

/**
 * The pages of a database that may be damaged, with those of its write-ahead log: as they are, without any check. A page number may have
 * several versions, since an older one may be sound where the newest is not.
 */
export class FilePages {
  readonly pageBytes: number;
  readonly #database: number;
  readonly #wal: number | null;
  readonly #count: number;
  /** Where the frames of the write-ahead log begin, for each page number, newest first. */
  readonly #frames = new Map<number, number[]>();

  /** @throws errors of the file system */
  constructor(file: string) {
    this.#database = openSync(file, 'r');
    this.#wal = openIfThere(`${file}-wal`);
    this.pageBytes = this.#pageBytes();
    // A page that is cut off is read as far as it is there.
    this.#count = Math.ceil(fstatSync(this.#database).size / this.pageBytes);
    this.#findFrames();
  }

  /** Every version of every page. */
  *all(): Generator<Buffer> {
    for (let number = 1; number <= this.#count; number += 1) yield this.#ofFile(number);
    for (const frames of this.#frames.values()) for (const at of frames) yield this.#ofWal(at);
  }

  /** The newest version of a page; null: there is none. */
  page(number: number): Buffer | null {
    const [frame] = this.#frames.get(number) ?? [];
    if (frame !== undefined) return this.#ofWal(frame);
    return number >= 1 && number <= this.#count ? this.#ofFile(number) : null;
  }

  close(): void {
    closeSync(this.#database);
    if (this.#wal !== null) closeSync(this.#wal);
  }

  #pageBytes(): number {
    const found = read(this.#database, 16, 2).readUInt16BE(0);
    const bytes = found === 1 ? 65_536 : found;
    return bytes >= 512 && Number.isInteger(Math.log2(bytes)) ? bytes : USUAL_PAGE_BYTES;
  }

  /**
   * The frames of the newest round, up to its last commit: what came after that was never acknowledged. Their checksums are not looked at:
   * each event has its own.
   */
  #findFrames(): void {
    if (this.#wal === null) return;
    const { size } = fstatSync(this.#wal);
    const salts = read(this.#wal, 16, 8);
    let uncommitted: [page: number, at: number][] = [];
    for (let at = WAL_HEADER_BYTES; at < size; at += FRAME_HEADER_BYTES + this.pageBytes) {
      const header = read(this.#wal, at, FRAME_HEADER_BYTES);
      if (!header.subarray(8, 16).equals(salts)) continue;
      uncommitted.push([header.readUInt32BE(0), at + FRAME_HEADER_BYTES]);
      if (header.readUInt32BE(4) === 0) continue;
      for (const [page, frame] of uncommitted) this.#frames.set(page, [frame, ...(this.#frames.get(page) ?? [])]);
      uncommitted = [];
    }
  }

  #ofFile(number: number): Buffer {
    return read(this.#database, (number - 1) * this.pageBytes, this.pageBytes);
  }

  #ofWal(at: number): Buffer {
    return read(this.#wal as number, at, this.pageBytes);
  }
}

/** What is not there is zeros. */
function read(fd: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  readSync(fd, buffer, 0, bytes, at);
  return buffer;
}

function openIfThere(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
