import type { OwnSchema } from '../../sqlite/own-schema.ts';
import type { ViewShape, ViewShapes } from '../views/declare-view.ts';

/** The tables of a version of the views: one for each declaration, and those beside them. */

/** "view": marks our files among other SQLite databases. */
const APPLICATION_ID = 0x76696577;

/** With rowids, because rows are large: without them, a page of the tree would hold four rows of 700 bytes, and random ids would cause random writes. */
function tableOf({ name, fields, list, queue }: ViewShape): string[] {
  const columns = Object.entries(fields).map(([field, { isNullable }]) => {
    const type = field === 'id' ? 'TEXT NOT NULL PRIMARY KEY' : isNullable ? 'TEXT' : 'TEXT NOT NULL';
    return `  ${field} ${type}`;
  });
  columns.splice(1, 0, '  revision INTEGER NOT NULL');
  const table = `CREATE TABLE ${name} (\n${columns.join(',\n')}\n) STRICT${list === undefined ? ', WITHOUT ROWID' : ''}`;
  const ofList = Object.entries(list?.indexes ?? {}).map(([index, filters]) => {
    return [index, ['organization_id', ...filters, 'created_at', 'id']] as const;
  });
  const indexes = [...ofList, ...Object.entries(queue?.indexes ?? {})].map(([index, indexed]) => {
    // A view that lacks one of the fields is not looked for by this index.
    const present = indexed.filter((field) => fields[field]?.isNullable).map((field) => `${field} IS NOT NULL`);
    const where = present.length === 0 ? '' : ` WHERE ${present.join(' AND ')}`;
    return `CREATE INDEX ${name}_${index} ON ${name} (${indexed.join(', ')})${where}`;
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
  used_at TEXT,
  event_id TEXT
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

/** The schema of a version with these views. */
export function schemaFor(shapes: ViewShapes): OwnSchema {
  return {
    applicationId: APPLICATION_ID,
    statements: [...Object.values(shapes).flatMap(tableOf), ...BESIDE_THE_VIEWS],
  };
}
