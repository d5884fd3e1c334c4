import type { DatabaseSync } from 'node:sqlite';

/** The tables of a database of ours. */
export interface OwnSchema {
  /** Marks our files among other SQLite databases: four letters. */
  readonly applicationId: number;
  /** Each makes a table or an index. */
  readonly statements: readonly string[];
}

/** The file is a sound database, but this code cannot use it. */
export class WrongSchema extends Error {
  readonly code = 'wrong_schema';

  constructor(reason: string) {
    super(reason);
    this.name = 'WrongSchema';
  }
}

/** Makes the tables in one transaction if the database is empty, else checks them. @throws {WrongSchema} */
export function makeOrCheckSchema(database: DatabaseSync, schema: OwnSchema): void {
  const present = statementsIn(database);
  const applicationId = applicationIdOf(database);
  if (present.size === 0 && applicationId === 0) {
    const statements = [...schema.statements, `PRAGMA application_id = ${schema.applicationId}`];
    database.exec(['BEGIN', ...statements, 'COMMIT'].join(';\n'));
    return;
  }
  if (applicationId !== schema.applicationId) throw new WrongSchema('it is a database of another application');
  assertSchema(database, schema);
}

/** Checks that our tables are as they were made. Operators may add their own. @throws {WrongSchema} */
export function assertSchema(database: DatabaseSync, { statements }: OwnSchema): void {
  const present = statementsIn(database);
  const missing = statements.find((statement) => !present.has(statement));
  if (missing !== undefined) throw new WrongSchema(`it lacks ${missing.split(/\s+/, 3).join(' ')}`);
}

function statementsIn(database: DatabaseSync): ReadonlySet<unknown> {
  const rows = database.prepare('SELECT sql FROM sqlite_schema').all();
  return new Set(rows.map((row) => row.sql));
}

function applicationIdOf(database: DatabaseSync): unknown {
  return database.prepare('PRAGMA application_id').get()?.application_id;
}
