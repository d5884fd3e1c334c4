import { randomUUID } from 'node:crypto';
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/**
 * Which files a read model lies in. `views.db` is a database, or a symbolic link to one in the same folder that a replay has put in
 * its place: `views-UUID.db`. `views.db.beside` is a link to the one that a replay fills. SQLite puts `-wal` and `-shm` behind the
 * name that a link leads to, so whoever means all files of a database asks for that name first.
 */

/** What the names of a database's files end in. */
export const ENDINGS = ['', '-wal', '-shm'];
const UUID_DB = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.db$/;

/** The database that a path leads to, whether it is there or not: what its links name in the end, or the path itself. */
export function databaseOf(file: string): string {
  const target = targetOf(file);
  return target === null ? file : databaseOf(resolve(dirname(file), target));
}

/** What a link says; null where the path is no link. */
function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EINVAL' || code === 'ENOENT') return null;
    throw error;
  }
}

/** Where the link to the version that is being filled lies. */
export function linkBeside(file: string): string {
  return `${file}.beside`;
}

/** The path of a version that is yet to be made. */
export function newVersionOf(file: string): string {
  return join(dirname(file), `${stemOf(file)}-${randomUUID()}.db`);
}

/** The UUID in the name of a version; null where it is no version's. */
export function versionIn(file: string, database: string): string | null {
  const [name, beginning] = [basename(database), `${stemOf(file)}-`];
  return name.startsWith(beginning) ? (UUID_DB.exec(name.slice(beginning.length))?.[1] ?? null) : null;
}

/** Deletes a database; whoever has it open goes on with what is gone for all others. */
export function removeDatabase(database: string): void {
  // The log of a database that is gone is no database's, so a crash on the way leaves nothing that could be taken for one.
  for (const ending of ENDINGS) rmSync(database + ending, { force: true });
}

/** What a deleted database left behind is not the next one's; a process may still have it mapped, so it is unlinked, not reused. */
export function removeLogs(database: string): void {
  for (const ending of ENDINGS.slice(1)) rmSync(database + ending, { force: true });
}

/** Deletes what a crash or an operator left behind: versions that neither link names, and the logs of a file that is a link now. */
export function removeOrphans(file: string): void {
  const live = databaseOf(file);
  const named = [live, databaseOf(linkBeside(file))].map((database) => basename(database));
  const folder = dirname(file);
  for (const name of readdirSync(folder)) {
    const database = name.replace(/-(wal|shm)$/, '');
    if (versionIn(file, database) !== null && !named.includes(database)) rmSync(join(folder, name), { force: true });
  }
  if (live !== file) removeLogs(file);
}

function stemOf(file: string): string {
  return basename(file, '.db');
}
