import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** The owner of a data directory, and why. */
export interface Claim {
  readonly uid: number;
  readonly gid: number;
  /** What they own: one of our files in the folder, or the folder. */
  readonly path: string;
}

/** The files that the service makes in its data directory. */
const OURS =
  /^(events\.db(-wal|-shm)?|jwt_secret|importer\.lock|views[-.].*|deliveries\.db.*|sealed\.db.*|last-backup\.json)$/;

/**
 * The accounts that may be the service's, the most likely first: the owner of `events.db`, or of our other files if there is none, and then
 * the folder's owner. The folder may be root's, if the service has rights by its group or mode.
 * @param isMade false if `folder` is the one in which the data directory will be: then its files do not matter
 */
export function claimsTo(folder: string, isMade = true): Claim[] {
  const found = lookAt(folder);
  const itself = found ? [{ uid: found.uid, gid: found.gid, path: folder }] : [];
  return isMade ? [...claimsByFiles(folder), ...itself] : itself;
}

function claimsByFiles(folder: string): Claim[] {
  const log = claimsBy(join(folder, 'events.db'));
  return log.length > 0 ? log : ourFiles(folder).flatMap((name) => claimsBy(join(folder, name)));
}

/** The account that should own the files of a folder, as far as this process knows. */
export function keeperOf(folder: string): number | null {
  const claims = claimsTo(folder);
  return (claims.find(({ uid }) => uid !== 0) ?? claims[0])?.uid ?? null;
}

/** The name of an account; null if this machine has none for it. */
export function accountName(uid: number): string | null {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return lines.find((account) => account.split(':')[2] === String(uid))?.split(':')[0] || null;
  } catch {
    return null;
  }
}

/** What is at a path; null if nothing is, or if this process may not read its folder. */
export function lookAt(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

function claimsBy(file: string): Claim[] {
  const found = lookAt(file);
  return found?.isFile() ? [{ uid: found.uid, gid: found.gid, path: file }] : [];
}

/** The names of the service's files in a folder. */
export function ourFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => OURS.test(name))
      .toSorted();
  } catch {
    return [];
  }
}
