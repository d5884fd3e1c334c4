import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whose a data directory is, and why it counts as theirs. */
export interface Claim {
  readonly uid: number;
  readonly gid: number;
  /** What belongs to them: a file of ours in the folder, or the folder. */
  readonly path: string;
}

/** What the service makes in its data directory. */
const OURS = /^(events\.db(-wal|-shm)?|jwt_secret|views[-.].*)$/;

/**
 * Who may be the account of the service whose data directory this is, the likeliest first: the owner of `events.db`, or of the other
 * files of ours where there is none, and then the folder's owner. A folder may be root's and the service have it by its group or mode.
 * @param isMade false where the folder is the one that the data directory will be in: no file there says anything
 */
export function claimsTo(folder: string, isMade = true): Claim[] {
  const found = lookAt(folder);
  const itself = found ? [{ uid: found.uid, gid: found.gid, path: folder }] : [];
  return isMade ? [...claimsByFiles(folder), ...itself] : itself;
}

function claimsByFiles(folder: string): Claim[] {
  const log = claimsBy(join(folder, 'events.db'));
  return log.length > 0 ? log : namesIn(folder).flatMap((name) => claimsBy(join(folder, name)));
}

/** The account that the files of a folder should belong to, as far as this process can tell. */
export function keeperOf(folder: string): number | null {
  const claims = claimsTo(folder);
  return (claims.find(({ uid }) => uid !== 0) ?? claims[0])?.uid ?? null;
}

/** The name of an account; null where this machine has no name for it. */
export function accountName(uid: number): string | null {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
    return lines.find((account) => account.split(':')[2] === String(uid))?.split(':')[0] || null;
  } catch {
    return null;
  }
}

/** What is there; null where nothing is, or where its folder does not let this process look. */
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

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => OURS.test(name))
      .toSorted();
  } catch {
    return [];
  }
}
