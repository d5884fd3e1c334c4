import { closeSync, openSync } from 'node:fs';

/**
 * Makes the file of a database, empty, if there is none: for its owner alone, whatever the umask of the process is. SQLite gives the files
 * beside it (`-wal`, `-shm`) the same mode.
 */
export function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch {
    // It is there, or SQLite says why it cannot be made.
  }
}
