import { existsSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { Ownership } from '../errors/other-store.ts';
import { whileBusy } from './busy.ts';
import { UntouchedReading } from './reading.ts';
import { BUSY_TIMEOUT_MS } from './replaceable-file.ts';

/** Whose a database is: the id of a log, in a table of its own, which the files of earlier releases lack. */

const TABLE = `CREATE TABLE IF NOT EXISTS owner (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  log TEXT NOT NULL
) STRICT`;

/** Makes a database this log's, if it is nobody's. @throws it is another log's */
export function takeDatabase(database: DatabaseSync, log: string): void {
  const owner = ownerIn(database) ?? log;
  if (owner !== log) throw new Error(`it belongs to another event log (${owner}, not ${log}): start the service again`);
  if (ownerIn(database) === null) writeOwner(database, log);
}

/** Makes a database this log's, whosever it was. */
export function writeOwner(database: DatabaseSync, log: string): void {
  whileBusy(() => {
    database.exec(TABLE);
    database.prepare('INSERT OR REPLACE INTO owner VALUES (1, ?)').run(log);
  }, BUSY_TIMEOUT_MS);
}

/**
 * Checks whose a file is before it is opened, and changes nothing in one of another log unless that is meant.
 * @param adopt makes it this log's, if that is meant
 * @throws {OtherStore}
 */
export async function takeFile(file: string, { log, take }: Ownership, adopt = () => {}): Promise<void> {
  const owner = ownerOf(file);
  if (owner === null || owner === log) return;
  await take(owner);
  adopt();
}

/** Null if there is no file, or it does not say. Why it cannot be read is said by who opens it. */
function ownerOf(file: string): string | null {
  if (!existsSync(file)) return null;
  const reading = new UntouchedReading(
    () => file,
    BUSY_TIMEOUT_MS,
    (database) => database,
  );
  try {
    return reading.read(ownerIn);
  } catch {
    return null;
  } finally {
    reading.letGo();
  }
}

function ownerIn(database: DatabaseSync): string | null {
  if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'owner'").get() === undefined) return null;
  return (database.prepare('SELECT log FROM owner').get()?.log as string | undefined) ?? null;
}
