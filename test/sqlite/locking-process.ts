import { lockFile } from '../../src/sqlite/lock.ts';

/** Locks the file that it is told, says so, and keeps the lock until it is ended; or says why it cannot. */

try {
  lockFile(String(process.argv[2]), 0);
  process.stdout.write('locked\n');
  setInterval(() => {}, 60_000);
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`);
}
