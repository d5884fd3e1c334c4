import { closeSync, lstatSync, mkdirSync, openSync, readlinkSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadConfig } from '../errors/bad-config.ts';
import { codeOf } from '../errors/code-of.ts';
import { reasonOf } from '../errors/reason-of.ts';
import { accessTrouble, accountInWords } from '../machine/access-trouble.ts';
import { type Claim, claimsTo, lookAt, ourFiles } from '../machine/data-owner.ts';
import { dataTrouble } from '../machine/too-open.ts';

/**
 * Enters the data directory. Call it before anything in it is opened or made. Only the owner can use what this process makes in it, because
 * it holds what callers sent. A process of root becomes one of the account that owns the data, for good: the service runs as that account
 * and could not use root's files.
 * @param isMade whether a missing directory is made
 * @throws {BadConfig} it is no directory, or cannot be made; or others can read or change what is in it
 */
export function enterDataDirectory(dataDir: string, isMade: boolean): void {
  process.umask(0o077);
  const directory = resolve(dataDir);
  becomeOwner(directory);
  try {
    if (isMade) make(directory);
    if (!isDirectory(directory, isMade)) throw new Error('it is no directory');
    const trouble = isMade ? dataTrouble(directory, ourFiles(directory)) : null;
    if (trouble !== null) throw new Error(trouble);
  } catch (error) {
    // For a command that only reads, the code that opens the files reports the missing right, with the owner.
    if (!isMade && codeOf(error) === 'EACCES') return;
    const reason =
      (codeOf(error) === 'ENOTDIR' ? 'a part of that path is no directory' : null) ??
      (codeOf(error) === 'EACCES' ? accessTrouble([join(directory, 'events.db')]) : null) ??
      reasonOf(error);
    throw new BadConfig([`DATA_DIR ${dataDir} cannot be used: ${reason}`]);
  }
}

/** @param isMade whether a missing directory is made; a link to a missing directory is an error */
function isDirectory(path: string, isMade: boolean): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined && lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    throw new Error(
      `it is a link to ${readlinkSync(path)}, which is not there: make that directory, or correct the link`,
    );
  }
  return found === undefined ? !isMade : found.isDirectory();
}

/** If the folder is missing, it will belong to the owner of the nearest folder above it. */
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

/** Joins the account's own groups and the folder's, which the service may get at its start (`SupplementaryGroups=`, `fsGroup`). */
function joinGroups({ uid, gid }: Claim, folder: string): void {
  const folders = statSync(folder).gid;
  try {
    // Node's types lack it.
    (process as { initgroups?: (user: number, group: number) => void }).initgroups?.(uid, gid);
  } catch {
    // An account without a name has no groups.
    process.setgroups?.([gid]);
  }
  // Not root's group, which has rights to more than this folder.
  if (folders !== 0) process.setgroups?.([...new Set([...(process.getgroups?.() ?? []), folders])]);
}

/** Whether this owner could run a service there: a file may come from elsewhere, with an owner without rights to the folder. */
function canWork(claim: Claim, folder: string): boolean {
  return as(claim, folder, () => canRead(folder) && (claim.path === folder || canMakeBeside(claim.path)));
}

/** Does `work` as another account, then becomes root again. Only root can. */
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
 * Whether the folder of a file may be written, without writing: `access` would answer for root. `rmdir` never removes a file. If there is
 * the right to the folder, it fails with ENOTDIR.
 */
function canMakeBeside(file: string): boolean {
  try {
    rmdirSync(file);
    return true;
  } catch (error) {
    return codeOf(error) === 'ENOTDIR';
  }
}

/** The folder itself, or the nearest existing folder above it. */
function nearest(directory: string): string {
  return lookAt(directory) || dirname(directory) === directory ? directory : nearest(dirname(directory));
}

/** Makes folders one by one: Node's own `recursive` never returns on a file system that takes no directories, such as /proc. */
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
