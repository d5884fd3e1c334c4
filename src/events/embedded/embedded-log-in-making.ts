import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { codeOf } from '../../errors/code-of.ts';
import { isBusy } from '../../sqlite/errors.ts';
import { filesOf, whyUnusable } from '../../sqlite/why-unusable.ts';
import { LogUnavailable } from '../errors.ts';
import type { NewEvent, RecordedEvent } from '../event-log.ts';
import { type LogInMaking, LogThere, UnlikeEvents } from '../log-in-making.ts';
import { createLog } from './create.ts';
import { COLUMNS, crcOf } from './row.ts';

/** How long to wait for another process that makes the same log. */
const BUSY_TIMEOUT_MS = 500;

/** What file systems say that have no hard links. */
const CANNOT_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Where the log in `file` is made. */
export function unfinishedLog(file: string): string {
  return `${file}.unfinished`;
}

/** @throws {LogThere} */
export function assertNoEmbeddedLog(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return;
  throw new LogThere(
    `${file} is there, and a log is never written over. Stop the service, and move the file away with its -wal and -shm, or set DATA_DIR to another folder.`,
  );
}

/**
 * Makes an embedded log in a file beside its place, which becomes it at once when it is finished. A process holds it alone.
 * @throws {LogThere | LogUnavailable}
 */
export function makeEmbeddedLog(file: string, id: string): LogInMaking {
  assertNoEmbeddedLog(file);
  try {
    return new EmbeddedLogInMaking(file, id, open(unfinishedLog(file), id));
  } catch (error) {
    if (error instanceof LogUnavailable) throw error;
    if (isBusy(error)) throw new LogUnavailable(`Another process makes the log ${file} just now.`, error);
    throw new LogUnavailable(`${file} cannot be made: ${whyUnusable(error, filesOf(file))}`, error);
  }
}

/** Opens what an earlier try has left of the same log, or begins. */
function open(unfinished: string, id: string): DatabaseSync {
  createLog(unfinished, BUSY_TIMEOUT_MS, id);
  const db = new DatabaseSync(unfinished, { timeout: BUSY_TIMEOUT_MS });
  try {
    // Held until it is closed.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL; BEGIN EXCLUSIVE; COMMIT');
    const log = db.prepare('SELECT id FROM log').get() as { id: string };
    if (log.id === id) return db;
    throw new LogUnavailable(
      `${unfinished} is the beginning of another log (${log.id}): remove it, if nobody makes that one any more.`,
    );
  } catch (error) {
    db.close();
    throw error;
  }
}

class EmbeddedLogInMaking implements LogInMaking {
  readonly id: string;
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #at: StatementSync;
  readonly #lastOfStream: StatementSync;
  /** How many an earlier try has taken. */
  #there: number;
  #taken = 0;

  constructor(file: string, id: string, db: DatabaseSync) {
    this.id = id;
    this.#file = file;
    this.#db = db;
    this.#insert = db.prepare(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#at = db.prepare('SELECT id, type FROM events WHERE position = ?');
    this.#lastOfStream = db.prepare('SELECT max(revision) AS revision FROM events WHERE stream = ?');
    this.#there = (db.prepare('SELECT ifnull(max(position), 0) AS head FROM events').get() as { head: number }).head;
  }

  async take(events: readonly RecordedEvent[]): Promise<RecordedEvent[]> {
    const beyondHoles: RecordedEvent[] = [];
    this.#writing(() => {
      for (const event of events) {
        // Also where an earlier try has taken all of the stream: what is beyond a hole was not.
        if (this.#lastRevision(event.stream) < event.revision - 1) {
          beyondHoles.push(event);
          continue;
        }
        if (this.#taken < this.#there) this.#passOver(event);
        else this.#write(event.stream, event.revision, event);
        this.#taken += 1;
      }
    });
    return beyondHoles;
  }

  async finish(stream: string, event: NewEvent): Promise<void> {
    this.#writing(() => {
      if (this.#there <= this.#taken) this.#write(stream, this.#lastRevision(stream) + 1, event);
      else this.#assertEndsWith(event.type);
    });
    try {
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      place(unfinishedLog(this.#file), this.#file);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') assertNoEmbeddedLog(this.#file);
      throw new LogUnavailable(`${this.#file} cannot be put in its place: ${whyUnusable(error, [this.#file])}`, error);
    }
  }

  async close(): Promise<void> {
    this.#db.close();
    if (!existsSync(this.#file)) return;
    for (const left of filesOf(unfinishedLog(this.#file))) rmSync(left, { force: true });
  }

  #passOver(event: RecordedEvent): void {
    const held = this.#at.get(this.#taken + 1) as { id: string };
    if (held.id === event.id) return;
    throw new UnlikeEvents(
      `${unfinishedLog(this.#file)} is of an earlier try, with other events (at position ${this.#taken + 1}): remove it.`,
    );
  }

  /** A try that ended while it put the log in its place has left its own last event. */
  #assertEndsWith(type: string): void {
    const last = this.#at.get(this.#there) as { type: string };
    if (this.#there === this.#taken + 1 && last.type === type) return;
    throw new UnlikeEvents(`${unfinishedLog(this.#file)} has more events than these: remove it, and try again.`);
  }

  #write(stream: string, revision: number, { id, type, data, metadata }: NewEvent): void {
    const position = this.#taken + 1;
    const crc = crcOf(position, stream, revision, id, type, data, metadata);
    this.#insert.run(position, stream, revision, id, type, data, metadata, crc);
  }

  #lastRevision(stream: string): number {
    return (this.#lastOfStream.get(stream) as { revision: number | null }).revision ?? -1;
  }

  #writing(work: () => void): void {
    try {
      this.#db.exec('BEGIN');
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      if (error instanceof UnlikeEvents) throw error;
      throw new LogUnavailable(`${this.#file} cannot be made: ${whyUnusable(error, filesOf(this.#file))}`, error);
    }
  }
}

/** A file that appeared meanwhile is not replaced, except an empty one, which is what a killed process leaves. */
function place(unfinished: string, file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file);
  try {
    linkSync(unfinished, file);
  } catch (error) {
    if (!CANNOT_LINK.has(codeOf(error) ?? '') || existsSync(file)) throw error;
    renameSync(unfinished, file);
  }
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
