import { DatabaseSync } from 'node:sqlite';
import { makePrivate } from './private-file.ts';

/**
 * Locks a file for this process until the returned connection is closed. The lock is SQLite's own, so it ends with its process.
 * @param timeoutMs how long to wait for another process's lock
 * @throws SQLite's error: `isBusy` if another process has the lock
 */
export function lockFile(file: string, timeoutMs: number): DatabaseSync {
  makePrivate(file);
  const lock = new DatabaseSync(file, { timeout: timeoutMs });
  try {
    // Otherwise SQLite first makes a journal file, for which a full disk has no room.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
