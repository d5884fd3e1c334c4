import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { codeOf } from '../../errors/code-of.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import { isDamage } from '../../sqlite/errors.ts';
import { KeptReading, type Reading, UntouchedReading } from '../../sqlite/reading.ts';
import { filesOf, whyUnusable } from '../../sqlite/why-unusable.ts';
import { LogDamaged, LogUnavailable } from '../errors.ts';
import type { RecordedEvent } from '../event-log.ts';
import { readDespiteDamage } from './check.ts';
import { damaged, damagedAt } from './damaged.ts';
import type { NewestPosition } from './newest-position.ts';
import { COLUMNS, eventOf, type Row } from './row.ts';
import { identityOf, MOVED } from './writing-connection.ts';
import { FileWatch } from './written-over.ts';

/** A page ends after so many events or so much text, because it is read in one go on the caller's thread. */
export const PAGE_EVENTS = 500;
const PAGE_CHARACTERS = 2_000_000;

/** Readers wait for another process only while it recovers the log after a crash. */
const BUSY_TIMEOUT_MS = 250;

interface Connection {
  readonly head: StatementSync;
  readonly after: StatementSync;
  readonly ofStream: StatementSync;
}

/** The reading connection. Each read is its own short transaction, so that it never delays a checkpoint. */
export class Reader {
  readonly #file: string;
  readonly #newest: NewestPosition;
  readonly #reading: Reading<Connection>;
  readonly #isDamaged: boolean;
  readonly #watch: FileWatch;
  /** The identity of the file that was opened first: no other file is ever read. */
  #identity: string | null = null;
  #closed = false;

  /**
   * @param fd the file, held open for longer than this is used
   * @param unwritten it writes nothing, not even beside the file, which is sound, or is damaged and read as far as it can be
   */
  constructor(file: string, fd: number, newest: NewestPosition, unwritten: 'sound' | 'damaged' | null = null) {
    this.#file = file;
    this.#newest = newest;
    this.#isDamaged = unwritten === 'damaged';
    this.#watch = new FileWatch(file, fd);
    const open = (database: DatabaseSync) => {
      this.#identity ??= identityOf(file);
      this.#assertInPlace();
      if (this.#isDamaged) readDespiteDamage(database);
      const connection = connect(database);
      if (!this.#isDamaged) this.#headOf(connection);
      return connection;
    };
    this.#reading =
      unwritten === null
        ? new KeptReading(file, BUSY_TIMEOUT_MS, open)
        : new UntouchedReading(() => file, BUSY_TIMEOUT_MS, open);
  }

  /** This also notices that the file was removed, replaced or written over: a connection continues to read the old file. */
  head(): number {
    try {
      return this.#read((connection) => {
        this.#assertInPlace();
        return this.#headOf(connection);
      });
    } catch (error) {
      if (!this.#isDamaged || !(error instanceof LogDamaged)) throw error;
      return this.#lastSound();
    }
  }

  /** The last position that can be read, if a log has lost its end: what is before it can be read too, as far as this knows. */
  #lastSound(): number {
    const isSound = (position: number) => this.firstSound(BigInt(position), BigInt(position)) !== null;
    let after = 1;
    while (isSound(after)) after *= 2;
    let last = Math.floor(after / 2);
    while (after - last > 1) {
      const middle = Math.floor((last + after) / 2);
      if (isSound(middle)) last = middle;
      else after = middle;
    }
    return last;
  }

  /** The newest event; null for an empty log. */
  newest(): RecordedEvent | null {
    const head = this.head();
    return head === 0 ? null : (this.after(BigInt(head) - 1n, 1)[0] ?? null);
  }

  /** The event at a position; null if there is none. */
  at(position: bigint): RecordedEvent | null {
    if (position <= 0n || position > BigInt(this.head())) return null;
    return this.after(position - 1n, 1)[0] ?? null;
  }

  /**
   * One page of the whole log after a position: up to the first damage, if there is any in it.
   * @throws {LogDamaged} the first event of the page is damaged or missing
   */
  after(position: bigint, limit: number): RecordedEvent[] {
    const after = position > 0n ? position : 0n;
    return this.#read((connection) => {
      const events: RecordedEvent[] = [];
      let due = after + 1n;
      try {
        for (const event of this.#rows(connection.after, after, Math.min(limit, PAGE_EVENTS))) {
          if (event.position !== due) throw damagedAt(this.#file, due, `the event at position ${due} is missing`);
          events.push(event);
          due += 1n;
        }
      } catch (error) {
        const damage = isDamage(error) ? this.#unreadable(due, error) : error;
        if (!(damage instanceof LogDamaged) || events.length === 0) throw damage;
      }
      if (events.length > 0) this.#newest.seen(due - 1n);
      return events;
    });
  }

  /** The first position from one on, up to `end`, whose event can be read; null: none of them can. Each look costs some microseconds. */
  firstSound(from: bigint, end: bigint): bigint | null {
    for (let position = from; position <= end; position += 1n) {
      try {
        const [event] = this.after(position - 1n, 1);
        if (event !== undefined) return position;
      } catch (error) {
        if (!(error instanceof LogDamaged)) throw error;
      }
    }
    return null;
  }

  /** One page of a stream from a revision on. */
  ofStream(stream: string, fromRevision: number, limit: number): RecordedEvent[] {
    return this.#read((connection) => {
      const events = [...this.#rows(connection.ofStream, stream, fromRevision, Math.min(limit, PAGE_EVENTS))];
      events.forEach(({ revision }, index) => {
        const due = fromRevision + index;
        if (revision !== due) throw damaged(this.#file, `stream ${stream} lacks its event ${due}`);
      });
      return events;
    });
  }

  close(): void {
    this.#closed = true;
    this.#reading.letGo();
  }

  #headOf({ head }: Connection): number {
    return this.#newest.head(() => (head.get() as unknown as [number])[0]);
  }

  *#rows(statement: StatementSync, ...parameters: (string | number | bigint)[]): Generator<RecordedEvent> {
    let characters = 0;
    for (const row of statement.iterate(...parameters) as unknown as Iterable<Row>) {
      const event = eventOf(row, this.#file);
      yield event;
      characters += event.data.length + event.metadata.length;
      if (characters >= PAGE_CHARACTERS) return;
    }
  }

  #unreadable(position: bigint, error: unknown): LogDamaged {
    return damagedAt(
      this.#file,
      position,
      `the event at position ${position} cannot be read: ${reasonOf(error)}`,
      error,
    );
  }

  #read<T>(work: (connection: Connection) => T): T {
    if (this.#closed) throw new LogUnavailable('it is closed');
    try {
      return this.#reading.read(work);
    } catch (error) {
      if (error instanceof LogDamaged) throw error;
      // The next read tries a fresh connection.
      this.#reading.letGo();
      const reason = reasonOf(error);
      if (isDamage(error)) throw damaged(this.#file, reason, error);
      throw new LogUnavailable(`${this.#file} cannot be read: ${this.#why(error)}`, error);
    }
  }

  #assertInPlace(): void {
    if (!this.#isDamaged) this.#watch.assertInPlace(this.#identity);
    else if (this.#isMoved()) throw new Error(MOVED);
  }

  #why(error: unknown): string {
    // Without rights to the folder, nobody can know whether the file has moved.
    const isMoved = !['EACCES', 'EPERM'].includes(codeOf(error) ?? '') && this.#isMoved();
    return isMoved ? MOVED : whyUnusable(error, filesOf(this.#file), true);
  }

  #isMoved(): boolean {
    return this.#identity !== null && identityOf(this.#file) !== this.#identity;
  }
}

function connect(db: DatabaseSync): Connection {
  db.exec('PRAGMA cache_size = -1024; PRAGMA mmap_size = 0');
  const prepare = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    head: prepare('SELECT ifnull(max(position), 0) FROM events'),
    after: prepare(`SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`),
    ofStream: prepare(`SELECT ${COLUMNS} FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`),
  };
}
