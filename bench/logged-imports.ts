import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How many imports the log in a data directory holds: read past the service, from the file. */
export function loggedImports(dataDir: string): number {
  return select(dataDir, "SELECT count(*) AS value FROM events WHERE type = 'ImportRequested'")[0] as number;
}

/** Ids of the newest imports of the log. */
export function newestImportIds(dataDir: string, limit: number): string[] {
  const sql = `SELECT substr(stream, length('import-') + 1) AS value FROM events
    WHERE type = 'ImportRequested' ORDER BY position DESC LIMIT ${limit}`;
  return select(dataDir, sql) as string[];
}

function select(dataDir: string, sql: string): unknown[] {
  const db = new DatabaseSync(join(dataDir, 'events.db'), { readOnly: true, timeout: 1_000 });
  try {
    return db
      .prepare(sql)
      .all()
      .map((row) => row.value);
  } finally {
    db.close();
  }
}
