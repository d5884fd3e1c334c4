import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from '../errors/code-of.ts';
import { accountName, keeperOf, lookAt } from './data-owner.ts';

const { R_OK, W_OK, X_OK } = constants;

/**
 * A sentence for the operator if this process has no right to one of these files: which file, who owns it, why, and what repairs it. Null
 * if no right is missing. For a missing file, the folder must allow to make it.
 */
export function accessTrouble(files: readonly string[], isReadOnly = false): string | null {
  const wanted = isReadOnly ? R_OK : R_OK | W_OK;
  for (const file of files.map((path) => resolve(path))) {
    const trouble = lookAt(file) ? refusalOf(file, wanted, dirname(file)) : folderTrouble(dirname(file), isReadOnly);
    if (trouble !== null) return trouble;
  }
  return null;
}

/** The name of an account in a sentence. */
export function accountInWords(uid: number): string {
  return accountName(uid) ?? `uid ${uid}`;
}

/** For a missing folder, the nearest folder above it must allow to make it. */
function folderTrouble(folder: string, isReadOnly: boolean): string | null {
  let nearest = folder;
  while (!lookAt(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return refusalOf(nearest, X_OK | (isReadOnly ? 0 : W_OK), folder);
}

/** @param folder the data directory that `path` is, contains or is in */
function refusalOf(path: string, wanted: number, folder: string): string | null {
  try {
    accessSync(path, wanted);
    return null;
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EACCES' && code !== 'EPERM') return `${path} cannot be used (${code})`;
    const { uid, mode } = statSync(path);
    const me = process.getuid?.() ?? uid;
    const rights = (mode & 0o7777).toString(8).padStart(4, '0');
    const who = `${path} belongs to ${accountInWords(uid)} (mode ${rights}), and this process runs as ${accountInWords(me)}`;
    return me === uid
      ? `${who}, whom its mode does not let use it (EACCES): chmod u+rw${wanted & X_OK ? 'x' : ''} ${inShell(path)}`
      : `${who} (EACCES): ${wayOut(path, uid, folder, me)}`;
  }
}

/** What to do. No advice takes the files away from the service. */
function wayOut(path: string, owner: number, folder: string, me: number): string {
  const runAs = `run this as ${accountInWords(owner)}`;
  if (!lookAt(folder)) {
    return mayPass(path)
      ? `let root make the folder: install -d -m 700 -o ${inCommand(me)} ${inShell(folder)}`
      : `${runAs}, or set DATA_DIR to a folder that ${accountInWords(me)} may use`;
  }
  const keeper = keeperOf(folder) ?? owner;
  if (owner !== keeper) return `let root do chown ${inCommand(keeper)} ${inShell(path)}`;
  return `${runAs}; only if the service is to run as ${accountInWords(me)}, let root do chown ${inCommand(me)} ${inShell(path)}`;
}

function mayPass(folder: string): boolean {
  try {
    accessSync(folder, X_OK);
    return true;
  } catch {
    return false;
  }
}

/** An account as an argument of a command. */
function inCommand(uid: number): string {
  return accountName(uid) ?? String(uid);
}

function inShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
