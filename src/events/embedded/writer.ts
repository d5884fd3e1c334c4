import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Failure, Outcome } from '../../sqlite/batched-worker.ts';
import { whileBusy } from '../../sqlite/busy.ts';
import { isUniqueConflict } from '../../sqlite/errors.ts';
import type { ExpectedRevision } from '../event-log.ts';
import { Checkpoints } from './checkpoints.ts';
import {
  type AppendMessage,
  idTaken,
  type Place,
  TEXTS_BEFORE_EVENTS,
  TEXTS_PER_EVENT,
  wrongRevision,
} from './messages.ts';
import type { NewestPosition } from './newest-position.ts';
import { COLUMNS, crcOf } from './row.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { closeUnmoved, identityOf, openForWriting } from './writing-connection.ts';
import type { FileWatch } from './written-over.ts';

type Append = Exclude<AppendMessage, 'probe' | null>;

/** Writes the first page unchanged. COMMIT writes and syncs it as it does an event. */
const WRITE_NOTHING_NEW = `PRAGMA user_version = ${SCHEMA_VERSION}`;

/** A probe writes so many pages: more than a usual append, which must not fail after a probe has worked. */
const PROBED_PAGES = 16;

interface Held {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
}

/** The writing connection: a batch of appends is one transaction, and so one fsync. After any error it must be abandoned. */
export class Writer {
  /** The identity of the file that it writes to. */
  readonly identity: string | null;
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #newest: NewestPosition;
  readonly #watch: FileWatch;
  readonly #busyTimeoutMs: number;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #head: StatementSync;
  readonly #insert: StatementSync;
  readonly #byId: StatementSync;
  readonly #lastOfStream: StatementSync;
  readonly #checkpoints: Checkpoints;
  /** The position of the next event, while a transaction holds the lock. */
  #next = 0;

  /** Opens the log named `id` in `file`, which must be there. */
  constructor(file: string, id: string, newest: NewestPosition, watch: FileWatch, busyTimeoutMs: number) {
    watch.assertInPlace(null);
    const db = openForWriting(file, id, busyTimeoutMs);
    this.#db = db;
    this.#file = file;
    this.#newest = newest;
    this.#watch = watch;
    this.identity = identityOf(file);
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#head = db.prepare('SELECT ifnull(max(position), 0) AS head FROM events');
    this.#insert = db.prepare(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#byId = db.prepare('SELECT stream, revision, position FROM events WHERE id = ?');
    this.#lastOfStream = db.prepare('SELECT max(revision) AS revision FROM events WHERE stream = ?');
    this.#checkpoints = new Checkpoints(db);
  }

  /** Appends a batch; each append succeeds or is refused separately. If it throws, the outcome of the whole batch is unknown. */
  append(batch: readonly AppendMessage[]): Outcome<Place>[] {
    // SQLite would continue to write to a deleted or replaced file, which nobody would ever read.
    this.#watch.assertInPlace(this.identity);
    if (batch.includes('probe')) this.#probe();
    whileBusy(() => this.#begin.run(), this.#busyTimeoutMs);
    this.#next = this.#headNow() + 1;
    const outcomes = batch.map((message) => this.#appendOne(message));
    this.#commit.run();
    this.#newest.seen(this.#next - 1);
    return outcomes;
  }

  /** Moves the write-ahead log into the file if it is long enough. It is not part of `append`, so that its failure fails no append. */
  checkpoint(): void {
    if (this.#checkpoints.areDue && !this.#watch.isWrittenOver) this.#checkpoints.run();
  }

  close(): void {
    if (this.#watch.isWrittenOver) closeUnmoved(this.#db, this.#file);
    else this.#db.close();
  }

  /** Rolls back and closes, whatever state an error left the connection in. */
  abandon(): void {
    try {
      // After a failed COMMIT the transaction may still be open.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } catch {
      // Closing rolls back too.
    }
    this.close();
  }

  /** @throws {LogDamaged} */
  #headNow(): number {
    return this.#newest.head(() => (this.#head.get() as { head: number }).head);
  }

  #probe(): void {
    // First, because a log that has lost its end must not change.
    this.#headNow();
    for (let page = 0; page < PROBED_PAGES; page += 1) {
      whileBusy(() => this.#begin.run(), this.#busyTimeoutMs);
      this.#db.exec(WRITE_NOTHING_NEW);
      this.#commit.run();
    }
  }

  #appendOne(message: AppendMessage): Outcome<Place> {
    if (message === 'probe' || message === null) return { reply: [-1, this.#next - 1, false] };
    const [stream, expected] = message;
    const isOne = message.length === TEXTS_BEFORE_EVENTS + TEXTS_PER_EVENT;
    // Several events are checked before the first is inserted. A single one is simply tried.
    const held = isOne ? null : this.#verdictOnIds(message);
    if (held !== null) return held;
    // A stream that should be new needs no look-up either: its revision 0 is inserted or collides.
    const last = isOne && expected === 'no_stream' ? null : this.#lastRevision(stream);
    if (isAsExpected(expected, last)) {
      const place = this.#tryInsert(message, stream, (last ?? -1) + 1);
      if (place !== null) return { reply: place };
    }
    return this.#verdictOnIds(message) ?? fail(wrongRevision(stream, expected, this.#lastRevision(stream)));
  }

  /** Null if the first event collides with one in the log; then nothing was inserted. */
  #tryInsert(message: Append, stream: string, firstRevision: number): Place | null {
    let revision = firstRevision - 1;
    for (let at = TEXTS_BEFORE_EVENTS; at < message.length; at += TEXTS_PER_EVENT) {
      revision += 1;
      const id = message[at] as string;
      const type = message[at + 1] as string;
      const data = message[at + 2] as string;
      const metadata = message[at + 3] as string;
      const position = this.#next;
      const crc = crcOf(position, stream, revision, id, type, data, metadata);
      try {
        this.#insert.run(position, stream, revision, id, type, data, metadata, crc);
      } catch (error) {
        if (isUniqueConflict(error) && revision === firstRevision) return null;
        throw error;
      }
      this.#next += 1;
    }
    return [revision, this.#next - 1, true];
  }

  /** The outcome if the ids alone decide it: the same append was made before, or an id is taken. Null if they do not. */
  #verdictOnIds(message: Append): Outcome<Place> | null {
    const [stream, expected] = message;
    const ids = new Set<string>();
    let held = 0;
    let last: Held | undefined;
    for (let at = TEXTS_BEFORE_EVENTS; at < message.length; at += TEXTS_PER_EVENT) {
      const id = message[at] as string;
      if (ids.has(id)) return fail(idTaken(id, 'by another event of the same append'));
      ids.add(id);
      last = this.#byId.get(id) as Held | undefined;
      if (last === undefined) continue;
      if (last.stream !== stream) return fail(idTaken(id, `in stream ${last.stream}`));
      held += 1;
    }
    if (held === 0) return null;
    if (held === ids.size && last !== undefined) return { reply: [last.revision, last.position, false] };
    return fail(wrongRevision(stream, expected, this.#lastRevision(stream)));
  }

  #lastRevision(stream: string): number | null {
    return (this.#lastOfStream.get(stream) as { revision: number | null }).revision;
  }
}

function isAsExpected(expected: ExpectedRevision, last: number | null): boolean {
  return expected === 'any' || (expected === 'no_stream' ? last === null : expected === last);
}

function fail(failure: Failure): Outcome<Place> {
  return { failure };
}
