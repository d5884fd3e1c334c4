import { existsSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isBusy, isSchemaTrouble } from '../../sqlite/errors.ts';
import { lockFile } from '../../sqlite/lock.ts';
import { UntouchedReading } from '../../sqlite/reading.ts';
import { fromStorable } from '../exact-text.ts';
import { type BesideStatus, type ReadModel, ReplayUnderWay, type VersionBeside } from '../read-model.ts';
import { checkpointFrom, type Row } from './columns.ts';
import { isFromThisStart } from './machine-start.ts';
import { isOurSchema } from './schema.ts';
import { databaseOf, linkBeside, newVersionOf, removeDatabase, removeOrphans, versionIn } from './version-files.ts';
import { BUSY_TIMEOUT_MS, damageIn, locked, makeViews } from './views-file.ts';

/** The version of views.db that a replay fills: made, found again, and put in its place. */

/**
 * Goes on with the version beside `file` where it was made by the same, or makes one.
 * @param open opens the read model of the file that a path leads to
 * @throws {ReplayUnderWay}
 * @throws SQLite's error, or the file system's
 */
export async function openBeside(
  file: string,
  madeBy: string,
  open: (link: string) => Promise<ReadModel>,
): Promise<VersionBeside> {
  const lock = lockReplays(file);
  try {
    const left = besideOf(file);
    const isResumed = left?.madeBy === madeBy;
    const database = locked(file, () => {
      if (isResumed) return databaseOf(linkBeside(file));
      rmSync(linkBeside(file), { force: true });
      return makeVersion(file, madeBy);
    });
    const id = versionIn(file, database) as string;
    return new EmbeddedVersionBeside({ file, database, lock, id, isResumed, readModel: await open(linkBeside(file)) });
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** What a replay left, or is filling just now; null where there is nothing that could be gone on with. */
export function besideOf(file: string): { readonly madeBy: string | null; readonly status: BesideStatus } | null {
  const path = databaseOf(linkBeside(file));
  const id = versionIn(file, path);
  if (id === null || !existsSync(path)) return null;
  const reading = new UntouchedReading(
    () => path,
    BUSY_TIMEOUT_MS,
    (database) => database,
  );
  try {
    return reading.read((database) => {
      if (!isOurSchema(database) || !isFromThisStart(database)) return null;
      const made = database.prepare('SELECT text FROM made_by').get();
      const checkpoint = database.prepare('SELECT log, position, generation FROM checkpoint');
      checkpoint.setReturnArrays(true);
      checkpoint.setReadBigInts(true);
      const row = checkpoint.get() as Row | undefined;
      return {
        // None: it was found damaged while it was filled, and made afresh.
        madeBy: made === undefined ? null : fromStorable(made.text),
        status: { id, checkpoint: row === undefined ? null : checkpointFrom(row) },
      };
    });
  } catch (error) {
    // Damaged, of another schema, or put in its place or thrown away at this moment.
    if (damageIn(error) !== null || isSchemaTrouble(error) || !existsSync(path)) return null;
    throw error;
  } finally {
    reading.letGo();
  }
}

/** One replay at a time. */
function lockReplays(file: string): DatabaseSync {
  try {
    return lockFile(`${file}.replay.lock`, 0);
  } catch (error) {
    throw isBusy(error) ? new ReplayUnderWay() : error;
  }
}

/** Makes an empty version, and the link to it last: so what the link names is whole, and a crash before leaves an orphan. */
function makeVersion(file: string, madeBy: string): string {
  removeOrphans(file);
  const database = newVersionOf(file);
  makeViews(database, madeBy);
  symlinkSync(basename(database), linkBeside(file));
  return database;
}

interface Parts {
  /** views.db. */
  readonly file: string;
  /** The version's own file. */
  readonly database: string;
  readonly lock: DatabaseSync;
  readonly id: string;
  readonly isResumed: boolean;
  readonly readModel: ReadModel;
}

class EmbeddedVersionBeside implements VersionBeside {
  readonly readModel: ReadModel;
  readonly id: string;
  readonly isResumed: boolean;
  readonly #file: string;
  readonly #database: string;
  readonly #lock: DatabaseSync;
  #ending: Promise<void> | null = null;

  constructor({ file, database, lock, id, isResumed, readModel }: Parts) {
    this.#file = file;
    this.#database = database;
    this.#lock = lock;
    this.id = id;
    this.isResumed = isResumed;
    this.readModel = readModel;
  }

  goLive(): Promise<void> {
    return this.#end(() => locked(this.#file, () => this.#switch()));
  }

  discard(): Promise<void> {
    return this.#end(() => {
      rmSync(linkBeside(this.#file), { force: true });
      removeDatabase(this.#database);
    });
  }

  async close(): Promise<void> {
    if (this.#ending === null) await this.#end(() => {});
    else await this.#ending.catch(() => {});
  }

  /** One end only; whatever it is, the read model is closed before it and the next replay is let in after it. */
  #end(last: () => void): Promise<void> {
    if (this.#ending !== null) return Promise.reject(new Error('This replay has ended'));
    this.#ending = this.readModel
      .close()
      .then(last)
      .finally(() => this.#lock.close());
    return this.#ending;
  }

  /** Renaming the link is the one step: it makes the version the live one, and no longer the one beside. */
  #switch(): void {
    const link = linkBeside(this.#file);
    if (readlinkSync(link) !== basename(this.#database)) throw new Error(`${link} names another version by now`);
    const old = databaseOf(this.#file);
    renameSync(link, this.#file);
    if (old !== this.#file) removeDatabase(old);
    removeOrphans(this.#file);
  }
}
