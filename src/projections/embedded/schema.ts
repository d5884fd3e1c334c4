import type { DatabaseSync } from 'node:sqlite';
import type { ViewShape, ViewShapes } from '../views/declare-view.ts';

/** The tables of a version of the views: one for each declaration, and those beside them. */

/** "view": marks our files among other SQLite databases. */
const APPLICATION_ID = 0x76696577;

/** With rowids, because rows are large: without them, a page of the tree would hold four rows of 700 bytes, and random ids would cause random writes. */
function tableOf({ name, fields, list }: ViewShape): string[] {
  const columns = Object.entries(fields).map(([field, { isNullable }]) => {
    const type = field === 'id' ? 'TEXT NOT NULL PRIMARY KEY' : isNullable ? 'TEXT' : 'TEXT NOT NULL';
    return `  ${field} ${type}`;
  });
  columns.splice(1, 0, '  revision INTEGER NOT NULL');
  const table = `CREATE TABLE ${name} (\n${columns.join(',\n')}\n) STRICT${list === undefined ? ', WITHOUT ROWID' : ''}`;
  const indexes = Object.entries(list?.indexes ?? {}).map(([index, filters]) => {
    const present = filters.filter((field) => fields[field]?.isNullable).map((field) => `${field} IS NOT NULL`);
    const where = present.length === 0 ? '' : ` WHERE ${present.join(' AND ')}`;
    const columnsOfIndex = ['organization_id', ...filters, 'created_at', 'id'].join(', ');
    return `CREATE INDEX ${name}_${index} ON ${name} (${columnsOfIndex})${where}`;
  });
  return [table, ...indexes];
}

const BESIDE_THE_VIEWS = [
  `CREATE TABLE checkpoint (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  log TEXT NOT NULL,
  position INTEGER NOT NULL,
  generation TEXT NOT NULL,
  filled INTEGER NOT NULL DEFAULT 0,
  used_at TEXT
) STRICT`,
  `CREATE TABLE machine_start (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  id TEXT NOT NULL
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

/** The file is a sound database, but this code cannot use it. */
export class WrongSchema extends Error {
  readonly code = 'wrong_schema';

  constructor(reason: string) {
    super(reason);
    this.name = 'WrongSchema';
  }
}

/** Makes the tables in one transaction if the database is empty, else checks them. @throws {WrongSchema} */
export function makeOrCheckSchema(database: DatabaseSync, shapes: ViewShapes): void {
  const present = statementsIn(database);
  const applicationId = applicationIdOf(database);
  if (present.size === 0 && applicationId === 0) {
    const statements = [...statementsFor(shapes), `PRAGMA application_id = ${APPLICATION_ID}`];
    database.exec(['BEGIN', ...statements, 'COMMIT'].join(';\n'));
    return;
  }
  if (applicationId !== APPLICATION_ID) throw new WrongSchema('it is a database of another application');
  assertOurSchema(database, shapes);
}

/** Checks that our tables are as they were made. Operators may add their own. @throws {WrongSchema} */
export function assertOurSchema(database: DatabaseSync, shapes: ViewShapes): void {
  const present = statementsIn(database);
  const missing = statementsFor(shapes).find((statement) => !present.has(statement));
  if (missing !== undefined) throw new WrongSchema(`it lacks ${missing.split(/\s+/, 3).join(' ')}`);
}

function statementsFor(shapes: ViewShapes): string[] {
  return [...Object.values(shapes).flatMap(tableOf), ...BESIDE_THE_VIEWS];
}

function statementsIn(database: DatabaseSync): ReadonlySet<unknown> {
  const rows = database.prepare('SELECT sql FROM sqlite_schema').all();
  return new Set(rows.map((row) => row.sql));
}

function applicationIdOf(database: DatabaseSync): unknown {
  return database.prepare('PRAGMA application_id').get()?.application_id;
}
