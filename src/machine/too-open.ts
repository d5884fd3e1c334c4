import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, lstatSync, openSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { accountInWords } from './access-trouble.ts';

/** Files of secrets and of data, which only the service may read and change. */

/** No key is longer. A file that grows while it is read must not take the memory. */
const MOST_BYTES = 65_536;

const GROUP_WRITES = 0o020;
const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * The text of a file that holds a secret. Kubernetes links it within its folder; a link that leads out of the folder is refused, since
 * whoever has the other folder has the secret.
 * @throws {Error} with the reason: it cannot be read, or others can read or change it
 */
export function readSecretFile(path: string): string {
  const real = realpathSync(path);
  const trouble = linkTrouble(path, real) ?? folderTrouble(dirname(real));
  if (trouble !== null) throw new Error(trouble);
  if (!statSync(real).isFile()) throw new Error('it is no file');
  const file = openSync(real, 'r');
  try {
    // Of what is open, which nobody replaces any more.
    const found = fstatSync(file);
    const reason = ownerTrouble(found) ?? modeTrouble(found);
    if (reason !== null) throw new Error(reason);
    if (!found.isFile() || found.size > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
    const bytes = readFileSync(file);
    // Each byte that is none would become the same character, and random bytes a key that can be guessed sooner.
    if (!isUtf8(bytes)) throw new Error('it is not text (UTF-8): `openssl rand -base64 48` makes a key that is');
    return bytes.toString();
  } finally {
    closeSync(file);
  }
}

/** Why others can read or change one of the service's files in its folder; null: they cannot. @param names of the files */
export function dataTrouble(folder: string, names: readonly string[]): string | null {
  const trouble = folderTrouble(folder);
  if (trouble !== null) return trouble;
  for (const name of names) {
    const path = resolve(folder, name);
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || !found.isFile()) continue;
    const reason = (isLink ? linkTrouble(path, realpathSync(path)) : null) ?? modeTrouble(found);
    if (reason !== null) return `${name}: ${reason}`;
  }
  return null;
}

function linkTrouble(path: string, real: string): string | null {
  const folder = realpathSync(dirname(resolve(path)));
  if (real.startsWith(folder === sep ? sep : folder + sep)) return null;
  return `it is a link out of its folder, to ${real}: name that file itself, or put it there instead of the link`;
}

function folderTrouble(folder: string): string | null {
  const { mode } = statSync(folder);
  if (!(mode & OTHERS_WRITE) || mode & STICKY || isWithoutAccounts()) return null;
  return `everybody may replace files in ${folder} (mode ${octal(mode)}): chmod o-w it, or take a folder of its own in it`;
}

function ownerTrouble({ uid }: Stats): string | null {
  const me = process.geteuid?.() ?? uid;
  if (me === 0 || uid === 0 || uid === me) return null;
  return `it belongs to ${accountInWords(uid)}, who can change it, and this process runs as ${accountInWords(me)}: chown it`;
}

/** The group may read: Kubernetes and systemd give files to the service in that way. */
function modeTrouble({ mode, gid }: Stats): string | null {
  if (isWithoutAccounts()) return null;
  if (mode & (OTHERS_READ | OTHERS_WRITE)) {
    return `everybody may ${mode & OTHERS_WRITE ? 'change' : 'read'} it (mode ${octal(mode)}): chmod o= it (in Kubernetes, defaultMode: 0440)`;
  }
  if (mode & GROUP_WRITES && !isOwnGroup(gid)) {
    return `the group ${gid}, which is none of this process's, may change it (mode ${octal(mode)}): chmod g-w it`;
  }
  return null;
}

function isOwnGroup(gid: number): boolean {
  return process.getegid?.() === gid || (process.getgroups?.() ?? []).includes(gid);
}

/** Windows has other rights. */
function isWithoutAccounts(): boolean {
  return process.getuid === undefined;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
