import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessTrouble, accountName } from './access-trouble.ts';
import { codeOf } from './code-of.ts';
import { BadConfig } from './config.ts';
import { reasonOf } from './reason-of.ts';

/**
 * Enters the data directory; to be called before anything in it is opened or made. What this process makes in it is its owner's alone, since
 * what callers sent is in there. A process of root becomes one of the folder's owner, for good: what root makes could not be used by the
 * service, which runs as that owner.
 * @param isMade whether it is made where there is none
 * @throws {BadConfig} where it cannot be made or is no directory
 */
export function enterDataDirectory(dataDir: string, isMade: boolean): void {
  process.umask(0o077);
  const directory = resolve(dataDir);
  becomeOwnerOf(directory);
  if (!isMade) return;
  try {
    make(directory);
    if (!statSync(directory).isDirectory()) throw new Error('it is no directory');
  } catch (error) {
    const reason = (codeOf(error) === 'EACCES' ? accessTrouble([directory]) : null) ?? reasonOf(error);
    throw new BadConfig([`DATA_DIR ${dataDir} cannot be used: ${reason}`]);
  }
}

/** Where there is no such folder yet, it is to be the owner's of the one that it will be in. */
function becomeOwnerOf(directory: string): void {
  if (process.getuid?.() !== 0) return;
  const folder = nearest(directory);
  const { uid, gid } = statSync(folder);
  // An owner who cannot get there has no service there.
  if (uid === 0 || !canRead(uid, gid, folder)) return;
  const name = accountName(uid);
  const program = fileURLToPath(import.meta.url);
  if (!canRead(uid, gid, program)) {
    throw new BadConfig([
      `DATA_DIR is in ${folder}, which belongs to ${name}, and so root works there as ${name}, who cannot read this program: ` +
        `run it from a folder that ${name} may read (${dirname(program)} is not one)`,
    ]);
  }
  try {
    joinGroups(uid, gid);
    process.setgid?.(gid);
    process.setuid?.(uid);
  } catch (error) {
    throw new BadConfig([
      `${folder} belongs to ${name}, and this process, which runs as root, cannot become one of ${name} (${reasonOf(error)}): run it as ${name}`,
    ]);
  }
}

function joinGroups(uid: number, gid: number): void {
  try {
    // Node's types lack it.
    (process as { initgroups?: (user: number, group: number) => void }).initgroups?.(uid, gid);
  } catch {
    // An account without a name is in no groups of its own.
    process.setgroups?.([gid]);
  }
}

/** Whether somebody else could open it to read. Only root can ask; it is somebody else while it asks. */
function canRead(uid: number, gid: number, path: string): boolean {
  const groups = process.getgroups?.() ?? [];
  try {
    joinGroups(uid, gid);
    process.setegid?.(gid);
    process.seteuid?.(uid);
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}

/** The folder itself, or the one that is there on the way to it. */
function nearest(directory: string): string {
  return isThere(directory) || dirname(directory) === directory ? directory : nearest(dirname(directory));
}

/** Step by step: Node's own `recursive` never returns where a file system takes no directories, such as /proc. */
function make(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(directory) === directory || isThere(dirname(directory))) throw error;
    make(dirname(directory));
    mkdirSync(directory);
  }
}

function isThere(directory: string): boolean {
  try {
    return statSync(directory, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
