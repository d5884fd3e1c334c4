import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { validate as isUuid } from 'uuid';
import type { RecordedEvent } from '../event-log.ts';
import { isAccessStream, OPERATIONS_STREAM } from '../streams.ts';
import { FilePages } from './file-pages.ts';
import { type Cell, entriesIn, rowsIn } from './page-cells.ts';
import { crcOf, type Row } from './row.ts';

/** What an index says of an event that is missing. */
export interface Known {
  readonly position: number;
  readonly stream: string | null;
  readonly revision: number | null;
  readonly id: string | null;
}

/** What is missing between two sound events, or after the last one. */
export interface Missing {
  readonly from: number;
  readonly to: number;
  /** What the indexes of the file still say of them. */
  known(): Iterable<Known>;
}

/** A sound event, and what becomes of it. */
export interface Salvaged {
  readonly event: RecordedEvent;
  /**
   * Its revision in the new log: as it was, if nothing is missing before it in its stream. The streams of operations and of access have
   * facts that stand each for itself: what comes after a hole moves up. Null: it cannot follow on what is there, and is set aside.
   */
  readonly revision: number | null;
}

/**
 * The sound events of a log whose file is damaged: each whose checksum is right, wherever it is in the file and in its write-ahead log. None
 * of SQLite's own structure is needed for that. They are gathered in a temporary database, whose room is that of the events.
 */
export class Salvage {
  /** The id of the log; null: it was not found. */
  readonly id: string | null;
  /** How many sound events the damaged log has. */
  readonly sound: number;
  readonly #db: DatabaseSync;
  readonly #scratch: string;

  /** @param file of the damaged log, which stays as it is @param scratch the temporary file @throws errors of the file system */
  constructor(file: string, scratch: string, onEvents: (count: number) => void) {
    this.#scratch = scratch;
    rmSync(scratch, { force: true });
    this.#db = new DatabaseSync(scratch);
    this.#db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
      CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT, revision INTEGER, id TEXT, type TEXT, data TEXT, metadata TEXT, is_backup INTEGER);
      CREATE TABLE known (position INTEGER PRIMARY KEY, stream TEXT, revision INTEGER, id TEXT);
      BEGIN`);
    const pages = new FilePages(file);
    try {
      this.id = this.#gather(pages, onEvents);
    } finally {
      pages.close();
    }
    this.sound = this.#number('SELECT count(*) FROM events');
  }

  /** Takes what a backup has, where the log has none. Gives how many. @throws {Error} the backup is of another time of the log */
  fill(events: readonly RecordedEvent[]): number {
    const held = this.#db.prepare('SELECT id FROM events WHERE position = ?');
    const insert = this.#db.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, 1)');
    let count = 0;
    for (const { position, stream, revision, id, type, data, metadata } of events) {
      const there = held.get(position) as { id: string } | undefined;
      if (there === undefined) {
        insert.run(position, stream, revision, id, type, data, metadata);
        count += 1;
      } else if (there.id !== id) {
        throw new Error(
          `the log has event ${there.id} at position ${position}, and the backup ${id}: it is of another time of the log`,
        );
      }
    }
    return count;
  }

  /** Call it once no more is filled in. */
  get missing(): Missing[] {
    const { end } = this.#db
      .prepare(
        'SELECT max((SELECT ifnull(max(position), 0) FROM events), (SELECT ifnull(max(position), 0) FROM known)) + 1 AS end',
      )
      .get() as { end: number };
    const gaps = this.#db
      .prepare(`SELECT before + 1 AS "from", position - 1 AS "to" FROM
        (SELECT position, lag(position, 1, 0) OVER (ORDER BY position) AS before FROM
          (SELECT position FROM events UNION ALL SELECT ? WHERE NOT EXISTS (SELECT 1 FROM events WHERE position = ?)))
        WHERE position > before + 1 ORDER BY position`)
      .all(end, end) as { from: number; to: number }[];
    const known = this.#db.prepare('SELECT * FROM known WHERE position BETWEEN ? AND ? ORDER BY position');
    return gaps.map(({ from, to }) => ({
      from,
      to,
      known: () => known.iterate(from, to) as unknown as Iterable<Known>,
    }));
  }

  /** All events in the order of the log. */
  *all(): Generator<Salvaged> {
    const rows = this.#db.prepare(`SELECT events.*, rank FROM events JOIN
      (SELECT position AS at, row_number() OVER (PARTITION BY stream ORDER BY revision) - 1 AS rank FROM events) ON at = position
      ORDER BY position`);
    for (const row of rows.iterate()) {
      const {
        position,
        rank,
        is_backup: _,
        ...event
      } = row as unknown as RecordedEvent & { rank: number; is_backup: number };
      const standsAlone = event.stream === OPERATIONS_STREAM || isAccessStream(event.stream);
      const revision = standsAlone || rank === event.revision ? rank : null;
      yield { event: { ...event, position: BigInt(position) }, revision };
    }
  }

  close(): void {
    this.#db.close();
    rmSync(this.#scratch, { force: true });
  }

  /** Gives the id of the log. */
  #gather(pages: FilePages, onEvents: (count: number) => void): string | null {
    const insert = this.#db.prepare('INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, 0)');
    const know = this.#db.prepare(`INSERT INTO known VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
      stream = ifnull(stream, excluded.stream), revision = ifnull(revision, excluded.revision), id = ifnull(id, excluded.id)`);
    let count = 0;
    let logId: string | null = null;
    const pageOf = (number: number) => pages.page(number);
    for (const page of pages.all()) {
      for (const cell of rowsIn(page, pageOf)) {
        const row = rowIn(cell);
        if (row === null) logId ??= logIdIn(cell);
        else count += Number(insert.run(...(row.slice(0, 7) as [number, ...string[]])).changes);
      }
      for (const cell of entriesIn(page, pageOf)) {
        const hint = hintIn(cell);
        if (hint !== null) know.run(...hint);
      }
      onEvents(count);
    }
    this.#db.exec('COMMIT; CREATE INDEX by_stream ON events (stream, revision); BEGIN');
    return logId;
  }

  #number(sql: string): number {
    return Object.values(this.#db.prepare(sql).get() ?? {})[0] as number;
  }
}

/** The event in a row of the table, if it is as it was appended. */
function rowIn({ rowid, columns }: Cell): Row | null {
  if (rowid === null || columns.length !== 8) return null;
  const [, ...rest] = columns;
  const row = [rowid, ...rest] as unknown as Row;
  return crcOf(...(row.slice(0, 7) as Parameters<typeof crcOf>)) === row[7] ? row : null;
}

/** What an entry of an index says: which event is, or was, at a position. */
function hintIn({ rowid, columns }: Cell): [number, string | null, number | null, string | null] | null {
  const [first, second, third] = columns;
  if (rowid !== null || typeof first !== 'string' || typeof second !== 'number') return null;
  if (columns.length === 2 && second > 0 && isUuid(first)) return [second, null, null, first];
  if (columns.length === 3 && typeof third === 'number' && third > 0 && second >= 0)
    return [third, first, second, null];
  return null;
}

function logIdIn({ rowid, columns }: Cell): string | null {
  const [only, id] = columns;
  return rowid === 1 && columns.length === 2 && only === null && isUuid(id) ? (id as string) : null;
}
