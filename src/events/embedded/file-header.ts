import { closeSync, openSync, readSync } from 'node:fs';
import { identityOf } from './writing-connection.ts';

/** What the first page of a database says of a moment of it. Source: https://sqlite.org/fileformat2.html#the_database_header */
export interface FileHeader {
  /** Grows with each connection that writes that page, and never becomes smaller. */
  readonly changes: number;
  /** How many pages the database has. A log never becomes shorter. */
  readonly pages: number;
  /** Changes with the tables, and with each copy that SQLite itself makes (`.backup`, `VACUUM`). */
  readonly schema: number;
  readonly pageBytes: number;
}

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';

/** @param page the first page of a database, or its beginning */
export function headerIn(page: Buffer): FileHeader {
  return {
    changes: page.readUInt32BE(24),
    pages: page.readUInt32BE(28),
    schema: page.readUInt32BE(40),
    // 1 stands for 65,536.
    pageBytes: page.readUInt16BE(16) === 1 ? 65_536 : page.readUInt16BE(16),
  };
}

export function areEqual(one: FileHeader, other: FileHeader): boolean {
  return one.changes === other.changes && one.pages === other.pages && one.schema === other.schema;
}

/**
 * The files that logs of this process have open, for reading their headers. To close one would drop the locks that SQLite holds on it in
 * this process: so a log holds its file until its connections are closed, and whoever looks meanwhile reads through the same descriptor.
 */
const held = new Map<string, { readonly fd: number; holders: number }>();

/** A file that is held for reading its header. */
export interface HeldFile {
  /** Also good in other threads of this process. */
  readonly fd: number;
  /** Call it once no connection of its holder is open. */
  letGo(): void;
}

/** @throws errors of the file system */
export function holdFile(file: string): HeldFile {
  const identity = identityOf(file) ?? file;
  const entry = held.get(identity) ?? { fd: openSync(file, 'r'), holders: 0 };
  held.set(identity, entry);
  entry.holders += 1;
  let isHeld = true;
  return {
    fd: entry.fd,
    letGo() {
      if (!isHeld) return;
      isHeld = false;
      entry.holders -= 1;
      if (entry.holders > 0) return;
      held.delete(identity);
      closeSync(entry.fd);
    },
  };
}

/** What the file itself says, without its write-ahead log; null: it is no database. @throws errors of the file system */
export function headerOf(file: string): FileHeader | null {
  const { fd, letGo } = holdFile(file);
  try {
    return readHeader(fd);
  } finally {
    letGo();
  }
}

/** The same of an open file. */
export function readHeader(fd: number): FileHeader | null {
  const header = Buffer.alloc(HEADER_BYTES);
  const bytes = readSync(fd, header, 0, HEADER_BYTES, 0);
  return bytes < HEADER_BYTES || header.toString('latin1', 0, MAGIC.length) !== MAGIC ? null : headerIn(header);
}
