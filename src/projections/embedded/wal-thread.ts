import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * The program of the thread that carries committed pages from the WAL into views.db. That takes two fsyncs and many scattered
 * writes, some 50 ms; here, the writing thread goes on meanwhile.
 */

// Without `mode=rw` it would make an empty file in the moment where a damaged one is set aside.
const url = pathToFileURL(workerData);
url.searchParams.set('mode', 'rw');

parentPort?.on('message', () => {
  try {
    // Opened anew each time: whatever file the path names by now.
    const database = new DatabaseSync(url);
    try {
      database.exec('PRAGMA wal_checkpoint(PASSIVE)');
    } finally {
      database.close();
    }
  } catch {
    // What is wrong with the file or the disk, the writing thread meets itself, and there is somebody to tell.
  }
  parentPort?.postMessage(null);
});
