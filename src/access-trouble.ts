import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { codeOf } from './code-of.ts';

/**
 * Which of these files this process may not use, whose it is, and why not, in a sentence for the operator; null where no right is missing.
 * A file that is not there is looked for in its folder, which must let it be made.
 */
export function accessTrouble(files: readonly string[], isReadOnly = false): string | null {
  const wanted = isReadOnly ? constants.R_OK : constants.R_OK | constants.W_OK;
  for (const file of files.map((path) => resolve(path))) {
    const trouble = isThere(file) ? refusalOf(file, wanted) : folderTrouble(dirname(file), isReadOnly);
    if (trouble !== null) return trouble;
  }
  return null;
}

/** The name of an account, or its number where this machine has no name for it. */
export function accountName(uid: number): string {
  try {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((account) => account.split(':')[2] === String(uid));
    return line?.split(':')[0] || `uid ${uid}`;
  } catch {
    return `uid ${uid}`;
  }
}

/** A folder that is not there is for its own folder to let be made. */
function folderTrouble(folder: string, isReadOnly: boolean): string | null {
  const wanted = constants.X_OK | (isReadOnly ? 0 : constants.W_OK);
  if (isThere(folder)) return refusalOf(folder, wanted);
  return dirname(folder) === folder ? null : folderTrouble(dirname(folder), isReadOnly);
}

function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Its folder does not let us look.
    return false;
  }
}

function refusalOf(path: string, wanted: number): string | null {
  try {
    accessSync(path, wanted);
    return null;
  } catch (error) {
    const { uid, mode } = statSync(path);
    const me = process.getuid?.() ?? uid;
    const rights = (mode & 0o7777).toString(8).padStart(4, '0');
    const who = `${path} belongs to ${accountName(uid)} (mode ${rights}), and this process runs as ${accountName(me)}`;
    const isRight = codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM';
    if (!isRight) return `${path} cannot be used (${codeOf(error)})`;
    return me === uid
      ? `${who}, whom its mode does not let use it (EACCES): chmod u+rw${wanted & constants.X_OK ? 'x' : ''} ${path}`
      : `${who} (EACCES): run this as ${accountName(uid)}, or let root do chown ${accountName(me)} ${path}`;
  }
}
