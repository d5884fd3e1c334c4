import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import type { ThreadProgram } from '../../sqlite/start-thread.ts';

/**
 * The program of the thread that carries committed pages from the WAL into views.db. That takes two fsyncs and many scattered
 * writes, some 50 ms; here, the writing thread goes on meanwhile.
 */

/** 64 MiB. A longer WAL makes the waits for `RESTART` rarer, and each read slower. */
const LONG_WAL_PAGES = 32_768;
/** How long `RESTART` waits for other connections; writers wait meanwhile. */
const WAIT_MS = 100;

export const program: ThreadProgram<string> = { url: import.meta.url, run };

/** @param file the path of views.db */
export function run(file: string): void {
  // Without `mode=rw` it would make an empty file in the moment where a damaged one is set aside.
  const url = pathToFileURL(file);
  url.searchParams.set('mode', 'rw');

  parentPort?.on('message', () => {
    try {
      carry(url);
    } catch {
      // What is wrong with the file or the disk, the writing thread meets itself, and there is somebody to tell.
    }
    parentPort?.postMessage(null);
  });
}

function carry(url: URL): void {
  // Opened anew each time: whatever file the path names by now.
  const database = new DatabaseSync(url, { timeout: WAIT_MS });
  try {
    const { log } = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() as { log: number };
    // While views are written all the time there is always a page more, and the WAL would never begin again from its start.
    if (log >= LONG_WAL_PAGES) database.exec('PRAGMA wal_checkpoint(RESTART)');
  } finally {
    database.close();
  }
}
