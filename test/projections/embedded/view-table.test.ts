import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { toRow } from '../../../src/projections/embedded/columns.ts';
import { schemaFor } from '../../../src/projections/embedded/schema.ts';
import { ViewTable } from '../../../src/projections/embedded/view-table.ts';
import { views } from '../../../src/projections/views.ts';
import { importView } from '../some-views.ts';

describe('an update of an embedded view', () => {
  const database = new DatabaseSync(':memory:');
  const statements: string[] = [];

  before(() => {
    for (const statement of schemaFor(views).statements) database.exec(statement);
  });

  after(() => database.close());

  it('sets only the columns that change, so that only their indexes are written', () => {
    const prepare = database.prepare.bind(database);
    database.prepare = (sql) => {
      statements.push(sql);
      return prepare(sql);
    };
    const table = new ViewTable(database, views.import);
    const view = importView({ id: 'i', attempts: '1' });
    expect(table.write(null, toRow(views.import, 0, view))).to.equal('written');
    expect(table.write(0, toRow(views.import, 1, { ...view, attempts: '2' }))).to.equal('written');
    expect(table.write(1, toRow(views.import, 2, { ...view, attempts: '3' }))).to.equal('written');
    expect(statements.filter((sql) => sql.startsWith('UPDATE'))).to.deep.equal([
      'UPDATE imports SET revision = ?, attempts = ? WHERE id = ?',
    ]);
    expect(prepare('SELECT revision, attempts FROM imports').get()).to.deep.include({ revision: 2, attempts: '3' });
  });
});
