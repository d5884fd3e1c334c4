import type { Replaceable } from '../../../sqlite/replaceable-database.ts';

/** Set-aside files have credentials too: after so long those of imports are of no use to anybody. */
export const SET_ASIDE_KEPT_MS = 72 * 3_600_000;

/**
 * The file of sealed credentials. What was put outlives a power failure, and what was removed is not in the file any more.
 *
 * For the second, three things are needed (decision 45). There is no write-ahead log, in which it would stay; the journal is emptied at
 * each commit, and synced. `secure_delete` overwrites rows and pages that are freed. But SQLite leaves copies in the gaps of a page whose
 * rows it has moved to another one. So `apart` is longer than a page: it takes up all of a row that is beside other rows, and what is
 * sealed is in pages that no other row has.
 */
export const SEALED: Replaceable = {
  schema: {
    // "seal"
    applicationId: 0x7365616c,
    statements: [
      `CREATE TABLE sealed (
  id TEXT NOT NULL PRIMARY KEY,
  expires_at TEXT,
  apart BLOB NOT NULL DEFAULT (zeroblob(512)),
  sealed BLOB NOT NULL
) STRICT`,
      'CREATE INDEX sealed_by_expiry ON sealed (expires_at) WHERE expires_at IS NOT NULL',
    ],
  },
  settings: `
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  PRAGMA cache_size = -2048;
  PRAGMA mmap_size = 0;`,
  settingsOfANewOne: 'PRAGMA page_size = 512; PRAGMA auto_vacuum = FULL',
  instead:
    'a new one is made. Imports whose credentials were in it fail as credentials_gone: ask for them again. Add connections to Salesforce ' +
    'that have a client secret again, with npx imports connections add. The damaged file is removed after 72 hours',
};
