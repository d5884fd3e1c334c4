import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isCannotOpen, isReadOnlyTrouble } from './errors.ts';

/** How a database is read that others may write to: a connection, and what was prepared on it, kept until it is let go of. */
export interface Reading<Connection> {
  /** @throws what `work` throws, or SQLite's error where the database cannot be opened */
  read<T>(work: (connection: Connection) => T): T;
  /** The next read opens the database again. */
  letGo(): void;
}

interface Opened<Connection> {
  readonly database: DatabaseSync;
  readonly connection: Connection;
  /** Whether what was read is of one moment. */
  readonly isSound: () => boolean;
}

/** What SQLite is told of a database, by how it is read. */
const SETTINGS = {
  immutable: [['immutable', '1']],
  readonly_shm: [['readonly_shm', '1']],
  // No lock is taken, so that the memory that processes share is this process's own: no `-shm` is made for it.
  alone: [['vfs', 'unix-none']],
  plain: [],
} as const;

type How = keyof typeof SETTINGS;

/** So often a read is made anew where others come and go meanwhile. */
const ATTEMPTS = 20;

/** For who stays: SQLite makes the two files beside the database (`-wal`, `-shm`) where there are none, and writes to the second one. */
export class KeptReading<Connection> implements Reading<Connection> {
  readonly #open: () => Opened<Connection>;
  #opened: Opened<Connection> | null = null;

  constructor(file: string, timeoutMs: number, prepare: (database: DatabaseSync) => Connection) {
    this.#open = () => open(file, 'plain', timeoutMs, prepare);
  }

  read<T>(work: (connection: Connection) => T): T {
    this.#opened ??= this.#open();
    return work(this.#opened.connection);
  }

  letGo(): void {
    this.#opened?.database.close();
    this.#opened = null;
  }
}

/**
 * For who only looks: no file is made and none is written to, so that a folder which may only be read is enough. A database that nobody has
 * open has no files beside it, or its `-wal` alone, as in a backup: it is read as one that cannot change, and anew if somebody has come
 * meanwhile. One with both files (somebody has it open, or was killed) is read with the second one as it is.
 */
export class UntouchedReading<Connection> implements Reading<Connection> {
  readonly #fileNow: () => string;
  readonly #timeoutMs: number;
  readonly #prepare: (database: DatabaseSync) => Connection;
  #opened: Opened<Connection> | null = null;

  /** @param fileNow the path without any link in it */
  constructor(fileNow: () => string, timeoutMs: number, prepare: (database: DatabaseSync) => Connection) {
    this.#fileNow = fileNow;
    this.#timeoutMs = timeoutMs;
    this.#prepare = prepare;
  }

  read<T>(work: (connection: Connection) => T): T {
    let isPlain = false;
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#opened ??= this.#open(isPlain);
        const result = work(this.#opened.connection);
        if (this.#opened.isSound()) return result;
      } catch (error) {
        const isOutdated: boolean = this.#opened?.isSound() === false;
        // A reader that may not write to `-shm` cannot always find a place among the others; or the last of them has just gone.
        const isInTheWay: boolean = !isPlain && (isReadOnlyTrouble(error) || isCannotOpen(error));
        if (attempt === ATTEMPTS || !(isOutdated || isInTheWay)) throw error;
        isPlain ||= isInTheWay && !isOutdated;
      }
      this.letGo();
    }
  }

  letGo(): void {
    this.#opened?.database.close();
    this.#opened = null;
  }

  #open(isPlain: boolean): Opened<Connection> {
    const file = this.#fileNow();
    const how = isPlain ? 'plain' : howToRead(file);
    return open(file, how, this.#timeoutMs, this.#prepare);
  }
}

function howToRead(file: string): How {
  if (!existsSync(`${file}-wal`)) return 'immutable';
  return existsSync(`${file}-shm`) ? 'readonly_shm' : 'alone';
}

function open<Connection>(
  file: string,
  how: How,
  timeoutMs: number,
  prepare: (database: DatabaseSync) => Connection,
): Opened<Connection> {
  const before = stateOf(file, how);
  const url = pathToFileURL(file);
  url.searchParams.set('mode', 'ro');
  for (const [name, value] of SETTINGS[how]) url.searchParams.set(name, value);
  const database = new DatabaseSync(url, { readOnly: true, timeout: timeoutMs });
  try {
    if (how === 'alone') database.exec('PRAGMA locking_mode = EXCLUSIVE');
    const isSound = () => stateOf(file, how) === before;
    return { database, connection: prepare(database), isSound };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** It is another one whenever a database that nobody has open was written to, replaced or opened; else it does not matter. */
function stateOf(file: string, how: How): string {
  if (how === 'readonly_shm' || how === 'plain') return '';
  return [file, `${file}-wal`, `${file}-shm`]
    .map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`))
    .join();
}
