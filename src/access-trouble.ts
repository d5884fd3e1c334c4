import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from './code-of.ts';
import { accountName, keeperOf, lookAt } from './data-owner.ts';

const { R_OK, W_OK, X_OK } = constants;

/**
 * Which of these files this process may not use, whose it is, why not, and what repairs it, in a sentence for the operator; null where no
 * right is missing. A file that is not there is looked for in its folder, which must let it be made.
 */
export function accessTrouble(files: readonly string[], isReadOnly = false): string | null {
  const wanted = isReadOnly ? R_OK : R_OK | W_OK;
  for (const file of files.map((path) => resolve(path))) {
    const trouble = lookAt(file) ? refusalOf(file, wanted, dirname(file)) : folderTrouble(dirname(file), isReadOnly);
    if (trouble !== null) return trouble;
  }
  return null;
}

/** An account as a sentence calls it. */
export function accountInWords(uid: number): string {
  return accountName(uid) ?? `uid ${uid}`;
}

/** A folder that is not there is for the nearest one above it to let be made. */
function folderTrouble(folder: string, isReadOnly: boolean): string | null {
  let nearest = folder;
  while (!lookAt(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return refusalOf(nearest, X_OK | (isReadOnly ? 0 : W_OK), folder);
}

/** @param folder the data directory that it is, or is in, or is on the way to */
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

/** Nothing that is advised takes the files from the service. */
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

/** An account as a command takes it. */
function inCommand(uid: number): string {
  return accountName(uid) ?? String(uid);
}

function inShell(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
