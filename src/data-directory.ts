import { closeSync, lstatSync, mkdirSync, openSync, readlinkSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { accessTrouble, accountInWords } from './access-trouble.ts';
import { codeOf } from './code-of.ts';
import { BadConfig } from './config.ts';
import { type Claim, claimsTo, lookAt } from './data-owner.ts';
import { reasonOf } from './reason-of.ts';

/**
 * Enters the data directory; to be called before anything in it is opened or made. What this process makes in it is its owner's alone, since
 * what callers sent is in there. A process of root becomes one of the account that the data belongs to, for good: the service, which runs as
 * that account, could not use what root makes.
 * @param isMade whether it is made where there is none
 * @throws {BadConfig} where it is there and is no directory, or cannot be made
 */
export function enterDataDirectory(dataDir: string, isMade: boolean): void {
  process.umask(0o077);
  const directory = resolve(dataDir);
  becomeOwner(directory);
  try {
    if (isMade) make(directory);
    if (!isDirectory(directory, isMade)) throw new Error('it is no directory');
  } catch (error) {
    // Whoever only asks is told of a missing right by what opens the files, which says whose they are.
    if (!isMade && codeOf(error) === 'EACCES') return;
    const reason =
      (codeOf(error) === 'ENOTDIR' ? 'a part of that path is no directory' : null) ??
      (codeOf(error) === 'EACCES' ? accessTrouble([join(directory, 'events.db')]) : null) ??
      reasonOf(error);
    throw new BadConfig([`DATA_DIR ${dataDir} cannot be used: ${reason}`]);
  }
}

/** @param isMade whether it has to be there; a link that leads nowhere is not there, and cannot be made */
function isDirectory(path: string, isMade: boolean): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    throw new Error(
      `it is a link to ${readlinkSync(path)}, which is not there: make that directory, or correct the link`,
    );
  }
  return found === undefined ? !isMade : found.isDirectory();
}

/** Where there is no such folder yet, it is to be the owner's of the one that it will be in. */
function becomeOwner(directory: string): void {
  if (process.getuid?.() !== 0) return;
  const folder = nearest(directory);
  for (const claim of claimsTo(folder, folder === directory)) {
    if (claim.uid === 0) continue;
    try {
      if (!canWork(claim, folder)) continue;
      assertCanRun(claim, folder);
      joinGroups(claim, folder);
      process.setgid?.(claim.gid);
      process.setuid?.(claim.uid);
      return;
    } catch (error) {
      if (error instanceof BadConfig) throw error;
      const name = accountInWords(claim.uid);
      throw new BadConfig([
        `${claim.path} belongs to ${name}, and this process, which runs as root, cannot become one of ${name} (${reasonOf(error)}): run it as ${name}`,
      ]);
    }
  }
}

function assertCanRun(claim: Claim, folder: string): void {
  const program = fileURLToPath(import.meta.url);
  if (as(claim, folder, () => canRead(program))) return;
  const name = accountInWords(claim.uid);
  throw new BadConfig([
    `${claim.path} belongs to ${name}, and so root works in DATA_DIR as ${name}, who cannot read this program: ` +
      `run it from a folder that ${name} may read (${dirname(program)} is not one)`,
  ]);
}

/** The account's own groups, and the folder's, which the service may have from whoever starts it (`SupplementaryGroups=`, `fsGroup`). */
function joinGroups({ uid, gid }: Claim, folder: string): void {
  const folders = statSync(folder).gid;
  try {
    // Node's types lack it.
    (process as { initgroups?: (user: number, group: number) => void }).initgroups?.(uid, gid);
  } catch {
    // An account without a name is in no groups of its own.
    process.setgroups?.([gid]);
  }
  // Not root's group, which opens more than this folder.
  if (folders !== 0) process.setgroups?.([...new Set([...(process.getgroups?.() ?? []), folders])]);
}

/** Whether somebody could run a service there: a file may have come from elsewhere, with an owner who has no right to the folder. */
function canWork(claim: Claim, folder: string): boolean {
  return as(claim, folder, () => canRead(folder) && (claim.path === folder || canMakeBeside(claim.path)));
}

/** Does something as somebody else. Only root can, and is itself again afterwards. */
function as<T>(claim: Claim, folder: string, work: () => T): T {
  const groups = process.getgroups?.() ?? [];
  try {
    joinGroups(claim, folder);
    process.setegid?.(claim.gid);
    process.seteuid?.(claim.uid);
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}

function canRead(path: string): boolean {
  try {
    closeSync(openSync(path, 'r'));
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether the folder of a file may be written to, asked without writing: `access` would answer for root. No file is ever removed as a
 * directory; who has the right to the folder is told that it is none.
 */
function canMakeBeside(file: string): boolean {
  try {
    rmdirSync(file);
    return true;
  } catch (error) {
    return codeOf(error) === 'ENOTDIR';
  }
}

/** The folder itself, or the one that is there on the way to it. */
function nearest(directory: string): string {
  return lookAt(directory) || dirname(directory) === directory ? directory : nearest(dirname(directory));
}

/** Step by step: Node's own `recursive` never returns where a file system takes no directories, such as /proc. */
function make(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(directory) === directory || lookAt(dirname(directory))) throw error;
    make(dirname(directory));
    mkdirSync(directory);
  }
}
