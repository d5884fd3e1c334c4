import { type Stats, statSync } from 'node:fs';
import { areEqual, type FileHeader, readHeader } from './file-header.ts';
import { readWal } from './wal.ts';
import { identityIn, MOVED } from './writing-connection.ts';

/**
 * Whether somebody has written over the file of a log that is open, as `cp` does. SQLite does not notice: it goes on with its write-ahead
 * log, whose pages hide those of the file, and later writes them into the copy.
 */

/** The reason if it was. */
export const WRITTEN_OVER =
  'the file was written over while it was in use, as cp does with a copy: that restores nothing. Stop the service; the next start says what to do';

/**
 * Whether a write-ahead log does not go on from what its file is: neither from the file's header, nor is that one of those in it, which
 * a checkpoint has moved.
 * @param ofWal the headers in the write-ahead log, oldest first
 */
function isOfAnotherFile(header: FileHeader, ofWal: readonly FileHeader[]): boolean {
  const [first] = ofWal;
  if (first === undefined || ofWal.some((one) => areEqual(one, header))) return false;
  // A connection counts a change once. VACUUM counts one of the schema.
  return !isOneMore(first.changes, header.changes) || !isOneMore(first.schema, header.schema);
}

/** So many looks, with rests between them, must agree: another process may be at work between what one of them reads. */
const LOOKS = 4;
const REST_MS = 25;

/**
 * Whether a file is another one than that from which the write-ahead log beside it goes on.
 * @param before what it was; null: it is not known. Only SQLite itself can shrink a database: what it wrote is in the write-ahead log, or has more changes
 */
export function isWrittenOver(file: string, headerNow: () => FileHeader | null, before: FileHeader | null): boolean {
  for (let looks = 1; ; looks += 1) {
    const header = headerNow();
    if (header === null) return true;
    const { headers } = readWal(`${file}-wal`, header.pageBytes);
    const hasGone = headers.length === 0 && before !== null && header.changes < before.changes;
    if (!hasGone && !isOfAnotherFile(header, headers)) return false;
    if (looks === LOOKS) return true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REST_MS);
  }
}

function isOneMore(after: number, before: number): boolean {
  return after === before || after === before + 1;
}

/** Notices that an open file is written over. Its holder keeps the file open for longer than this is used. */
export class FileWatch {
  readonly #file: string;
  readonly #fd: number;
  #stamp = '';
  #header: FileHeader | null = null;
  #isWrittenOver: boolean;

  constructor(file: string, fd: number) {
    this.#file = file;
    this.#fd = fd;
    this.#isWrittenOver = this.#look(this.#stat());
  }

  /** Once it was written over, that is so. */
  get isWrittenOver(): boolean {
    this.#isWrittenOver ||= this.#look(this.#stat());
    return this.#isWrittenOver;
  }

  /**
   * Checks that the file is where it was and is not written over, which costs some microseconds unless a checkpoint has written to it.
   * @param identity what the file was when it was opened; null: it is not open yet
   * @throws if it is not
   */
  assertInPlace(identity: string | null): void {
    const stat = this.#stat();
    if (identity !== null && identityIn(stat) !== identity) throw new Error(MOVED);
    this.#isWrittenOver ||= this.#look(stat);
    if (this.#isWrittenOver) throw new Error(WRITTEN_OVER);
  }

  #stat(): Stats | undefined {
    return statSync(this.#file, { throwIfNoEntry: false });
  }

  #look(stat: Stats | undefined): boolean {
    if (stat === undefined) return false;
    const stamp = `${stat.mtimeMs} ${stat.size}`;
    if (stamp === this.#stamp) return false;
    const header = readHeader(this.#fd);
    if (header === null) return true;
    const before = this.#header ?? header;
    const hasGrown = header.changes >= before.changes && header.pages >= before.pages;
    if ((!hasGrown || header.schema !== before.schema) && isWrittenOver(this.#file, () => readHeader(this.#fd), before))
      return true;
    this.#stamp = stamp;
    this.#header = header;
    return false;
  }
}
