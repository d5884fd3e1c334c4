import { DatabaseSync } from 'node:sqlite';

/**
 * Locks a file for this process, until what is given back is closed. The lock is SQLite's own, so that it ends with its process.
 * @param timeoutMs how long another process's lock is waited for
 * @throws SQLite's error: `isBusy` where another process has the lock
 */
export function lockFile(file: string, timeoutMs: number): DatabaseSync {
  const lock = new DatabaseSync(file, { timeout: timeoutMs });
  try {
    // SQLite would make a journal file first, for which a full disk has no room.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
