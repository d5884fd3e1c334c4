import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Source: https://sqlite.org/fileformat2.html#the_write_ahead_log */
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * How many of the database's pages are neither in the file nor in its write-ahead log. SQLite itself looks at the file's
 * size only where there is no write-ahead log, and forgives half a page. Call it within a read transaction, which keeps
 * another process's checkpoint from starting the write-ahead log anew.
 *
 * The database file is not opened here: to close it again would drop the locks that SQLite holds on it in this process.
 */
export function missingPages(file: string, pages: number, pageBytes: number): number {
  const whole = Math.floor(statSync(file).size / pageBytes);
  if (whole >= pages) return 0;
  const waiting = new Set(pagesOfWal(`${file}-wal`, pageBytes).filter((page) => page > whole && page <= pages));
  return pages - whole - waiting.size;
}

function pagesOfWal(wal: string, pageBytes: number): number[] {
  const { size } = statSync(wal, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size < WAL_HEADER_BYTES) return [];
  const fd = openSync(wal, 'r');
  try {
    const header = Buffer.alloc(WAL_HEADER_BYTES);
    readSync(fd, header, 0, WAL_HEADER_BYTES, 0);
    const salts = header.subarray(16, 24);
    const pages: number[] = [];
    const frame = Buffer.alloc(FRAME_HEADER_BYTES);
    for (let at = WAL_HEADER_BYTES; at + FRAME_HEADER_BYTES + pageBytes <= size; at += FRAME_HEADER_BYTES + pageBytes) {
      readSync(fd, frame, 0, FRAME_HEADER_BYTES, at);
      // What follows is of an earlier round of the write-ahead log, and in the file since then.
      if (!frame.subarray(8, 16).equals(salts)) break;
      pages.push(frame.readUInt32BE(0));
    }
    return pages;
  } finally {
    closeSync(fd);
  }
}
