import type { DatabaseSync } from 'node:sqlite';

/** The tables of views.db. Another shape is another `SCHEMA_VERSION`: an older file is set aside and rebuilt from the log. */

/** "view": tells our file from any other SQLite database. */
const APPLICATION_ID = 0x76696577;
const SCHEMA_VERSION = 4;

const STATEMENTS = [
  // With rowids: rows of some 700 bytes would give a tree without them four entries a page, and random ids random writes.
  `CREATE TABLE imports (
  id TEXT NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  organization_id TEXT NOT NULL,
  image_id TEXT,
  import_type TEXT,
  album_id TEXT,
  params TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT`,
  'CREATE INDEX imports_by_time ON imports (organization_id, created_at, id)',
  'CREATE INDEX imports_by_album ON imports (organization_id, album_id, created_at, id) WHERE album_id IS NOT NULL',
  'CREATE INDEX imports_by_type ON imports (organization_id, import_type, created_at, id) WHERE import_type IS NOT NULL',
  `CREATE INDEX imports_by_album_and_type ON imports (organization_id, album_id, import_type, created_at, id)
  WHERE album_id IS NOT NULL AND import_type IS NOT NULL`,
  `CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  organization_id TEXT NOT NULL,
  role TEXT NOT NULL,
  registered_at TEXT NOT NULL,
  removed_at TEXT
) STRICT, WITHOUT ROWID`,
  `CREATE TABLE secrets (
  id TEXT NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  organization_id TEXT NOT NULL,
  issued_at TEXT NOT NULL,
  revoked_at TEXT
) STRICT, WITHOUT ROWID`,
  `CREATE TABLE checkpoint (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  log TEXT NOT NULL,
  position INTEGER NOT NULL,
  generation TEXT NOT NULL
) STRICT`,
  `CREATE TABLE machine_start (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  id TEXT NOT NULL
) STRICT`,
  // Of a version that a replay fills: what its views come out by. No row in any other.
  `CREATE TABLE made_by (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  text TEXT NOT NULL
) STRICT`,
  `CREATE TABLE quarantine (
  stream TEXT NOT NULL,
  revision INTEGER NOT NULL,
  position INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (stream, revision)
) STRICT, WITHOUT ROWID`,
  'CREATE INDEX quarantine_by_position ON quarantine (position)',
];

/** The file is a sound database, but not one that this code can use. */
export class WrongSchema extends Error {
  readonly code = 'wrong_schema';

  constructor(reason: string) {
    super(reason);
    this.name = 'WrongSchema';
  }
}

/** Makes the tables where the database is empty, in one transaction; checks them where it is not. @throws {WrongSchema} */
export function makeOrCheckSchema(database: DatabaseSync): void {
  const present = new Set(
    database
      .prepare('SELECT sql FROM sqlite_schema')
      .all()
      .map((row) => row.sql),
  );
  const applicationId = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  if (present.size === 0 && applicationId === 0 && version === 0) {
    database.exec(
      [
        'BEGIN',
        ...STATEMENTS,
        `PRAGMA application_id = ${APPLICATION_ID}`,
        `PRAGMA user_version = ${SCHEMA_VERSION}`,
        'COMMIT',
      ].join(';\n'),
    );
    return;
  }
  if (applicationId !== APPLICATION_ID) throw new WrongSchema('it is a database of another application');
  if (version !== SCHEMA_VERSION) {
    throw new WrongSchema(`it has version ${version} of the schema, this program has ${SCHEMA_VERSION}`);
  }
  // Operators may add tables of their own; ours must be as they were made.
  const missing = STATEMENTS.find((statement) => !present.has(statement));
  if (missing !== undefined) throw new WrongSchema(`it lacks ${missing.split(/\s+/, 3).join(' ')}`);
}

/** Whether the database says that it is of this schema. */
export function isOurSchema(database: DatabaseSync): boolean {
  return pragma(database, 'application_id') === APPLICATION_ID && pragma(database, 'user_version') === SCHEMA_VERSION;
}

function pragma(database: DatabaseSync, name: string): unknown {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}
