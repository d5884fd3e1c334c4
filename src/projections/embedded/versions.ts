import { existsSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { UntouchedReading } from '../../sqlite/reading.ts';
import { whyReplaceableUnusable } from '../../sqlite/replaceable-file.ts';
import { ReadModelUnavailable } from '../errors.ts';
import { fromStorable, toStorable } from '../exact-text.ts';
import type { Checkpoint } from '../projector-store.ts';
import { type StoredFields, UNNUMBERED, type Version, type VersionReader, type Versions } from '../versions.ts';
import { CHECKPOINT, checkpointFrom, type Row } from './columns.ts';
import { isFromThisStart } from './machine-start.ts';
import { BUSY_TIMEOUT_MS } from './reader.ts';

/** `views-7.db`, SQLite's files beside it, its lock, and damaged files that were moved aside. */
const NUMBERED = /^views-(\d{1,9})\.db(-wal|-shm|\.lock.*|\.damaged-.*)?$/;
/** The files of releases before 0.2: `views.db`, links, and versions with a UUID as a name. */
const OLD = /^views(-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?\.db(-wal|-shm|\..*)?$/;

/** The file of a version of the views in a data directory. */
export function fileOfVersion(dataDir: string, name: number | string): string {
  return join(dataDir, `views-${name}.db`);
}

/** The versions of the views in a data directory, each in its own file. */
export class EmbeddedVersions implements Versions {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  async list(): Promise<Version[]> {
    const files = new Map<string, string[]>();
    for (const file of this.#files()) {
      const name = NUMBERED.exec(file)?.[1] ?? (OLD.test(file) ? UNNUMBERED : null);
      if (name !== null) files.set(name, [...(files.get(name) ?? []), file]);
    }
    return Array.from(files, ([name, names]) => ({
      name,
      bytes: names.reduce((sum, file) => sum + (fileBytes(join(this.#dataDir, file)) ?? 0), 0),
      ...(name === UNNUMBERED ? { checkpoint: null, usedAt: null } : this.#standOf(name)),
    })).toSorted((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true }));
  }

  async remove(name: string): Promise<void> {
    const isOf = (file: string) => (name === UNNUMBERED ? OLD.test(file) : NUMBERED.exec(file)?.[1] === name);
    try {
      for (const file of this.#files()) if (isOf(file)) rmSync(join(this.#dataDir, file), { force: true });
    } catch (error) {
      throw new ReadModelUnavailable(whyReplaceableUnusable(error, fileOfVersion(this.#dataDir, name)), error);
    }
  }

  async open(name: string): Promise<VersionReader> {
    return new EmbeddedVersionReader(fileOfVersion(this.#dataDir, name));
  }

  async close(): Promise<void> {}

  async roomBytes(): Promise<number> {
    let folder = this.#dataDir;
    while (!existsSync(folder)) folder = dirname(folder);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  }

  #files(): string[] {
    return existsSync(this.#dataDir) ? readdirSync(this.#dataDir) : [];
  }

  #standOf(name: string): Pick<Version, 'checkpoint' | 'usedAt'> {
    const reader = new EmbeddedVersionReader(fileOfVersion(this.#dataDir, name));
    try {
      return reader.stand();
    } catch {
      // Even a file that is damaged, or of another program, can be listed and removed.
      return { checkpoint: null, usedAt: null };
    } finally {
      reader.letGo();
    }
  }
}

class EmbeddedVersionReader implements VersionReader {
  readonly #file: string;
  readonly #reading: UntouchedReading<DatabaseSync>;

  constructor(file: string) {
    this.#file = file;
    this.#reading = new UntouchedReading(
      () => file,
      BUSY_TIMEOUT_MS,
      (database) => database,
    );
  }

  /** @throws SQLite's error */
  stand(): Pick<Version, 'checkpoint' | 'usedAt'> {
    const none = { checkpoint: null, usedAt: null };
    if (!existsSync(this.#file)) return none;
    return this.#reading.read((database) => {
      if (!isFromThisStart(database)) return none;
      const [row] = rowsOf(database, CHECKPOINT, true);
      return row === undefined ? none : checkpointFrom(row);
    });
  }

  async checkpoint(): Promise<Checkpoint | null> {
    return this.#ask(() => this.stand().checkpoint);
  }

  async page(table: string, after: string | null, limit: number): Promise<StoredFields[]> {
    const from = after === null ? '' : toStorable(after);
    return this.#ask(() => this.#views(table, 'WHERE id > ? ORDER BY id LIMIT ?', from, limit));
  }

  async getMany(table: string, ids: readonly string[]): Promise<Map<string, StoredFields>> {
    const columns = JSON.stringify(ids.map((id) => toStorable(id)));
    const found = this.#ask(() => this.#views(table, 'WHERE id IN (SELECT value FROM json_each(?))', columns));
    return new Map(found.map((view) => [view.id, view]));
  }

  async close(): Promise<void> {
    this.letGo();
  }

  letGo(): void {
    this.#reading.letGo();
  }

  #views(table: string, where: string, ...parameters: (string | number)[]): StoredFields[] {
    return this.#reading.read((database) => {
      if (database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) === undefined) return [];
      return database
        .prepare(`SELECT * FROM "${table}" ${where}`)
        .all(...parameters)
        .map(({ id, revision, ...fields }) => ({
          id: fromStorable(id),
          revision: revision as number,
          fields: new Map(
            Object.entries(fields).map(([field, value]) => [field, value === null ? null : fromStorable(value)]),
          ),
        }));
    });
  }

  #ask<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new ReadModelUnavailable(whyReplaceableUnusable(error, this.#file, true), error);
    }
  }
}

function rowsOf(database: DatabaseSync, sql: string, bigInts: boolean): Row[] {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  statement.setReadBigInts(bigInts);
  return statement.all() as unknown as Row[];
}

function fileBytes(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}
