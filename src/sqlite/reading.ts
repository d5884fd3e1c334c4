import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isCannotOpen, isReadOnlyTrouble } from './errors.ts';

/** Reads a database that others may write to. It keeps a connection with its prepared statements until `letGo`. */
export interface Reading<Connection> {
  /** @throws errors of `work`, or SQLite's error if the database cannot be opened */
  read<T>(work: (connection: Connection) => T): T;
  /** The next read opens the database again. */
  letGo(): void;
}

interface Opened<Connection> {
  readonly database: DatabaseSync;
  readonly connection: Connection;
  /** Whether everything that was read is of one moment. */
  readonly isSound: () => boolean;
}

/** SQLite's settings for each way to read a database. */
const SETTINGS = {
  immutable: [['immutable', '1']],
  readonly_shm: [['readonly_shm', '1']],
  // No lock is taken, so that the memory that processes share is this process's own: no `-shm` is made for it.
  alone: [['vfs', 'unix-none']],
  plain: [],
} as const;

type How = keyof typeof SETTINGS;

/** How often a read is repeated if others open and close the database meanwhile. */
const ATTEMPTS = 20;

/** For the service: SQLite makes the two files beside the database (`-wal`, `-shm`) if there are none, and writes to the second one. */
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
 * For commands that only read: no file is made or written, so a read-only folder is enough. A database that nobody has open has no files
 * beside it, or only its `-wal`, as in a backup. It is read as one that cannot change, and read again if somebody has opened it meanwhile.
 * A database with both files (somebody has it open, or was killed) is read with its `-shm` unchanged.
 */
export class UntouchedReading<Connection> implements Reading<Connection> {
  readonly #fileNow: () => string;
  readonly #timeoutMs: number;
  readonly #prepare: (database: DatabaseSync) => Connection;
  #opened: Opened<Connection> | null = null;

  /** @param fileNow gives the path without any link in it */
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
        // A reader that may not write to `-shm` does not always find a free slot in it; or the last other process has just closed the database.
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

/** Changes whenever a database that nobody has open is written, replaced or opened. */
function stateOf(file: string, how: How): string {
  if (how === 'readonly_shm' || how === 'plain') return '';
  return [file, `${file}-wal`, `${file}-shm`]
    .map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? 'none' : `${stat.ino} ${stat.size} ${stat.mtimeNs}`))
    .join();
}
