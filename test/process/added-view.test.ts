import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { type Document, MongoClient } from 'mongodb';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import { newId } from '../../src/events/new-id.ts';
import { VIEWS_VERSION } from '../../src/projections/views.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { startImports } from '../support/process.ts';
import { copyProject } from '../support/project-copy.ts';
import { JWT_SECRET } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const VIEWS = 'src/projections/views.ts';
const VERSION = VIEWS_VERSION + 1;

/** A second view of the streams of imports: nothing but this says that there is one. */
const DECLARATION = `
import { declareView, text, textOrNull } from './views/declare-view.ts';

const sourceView = declareView({
  version: ${VERSION},
  name: 'sources',
  category: 'import',
  fields: { id: text, organization_id: text, source: textOrNull },
  evolve(_, event, id) {
    if (event.type !== 'ImportRequested') throw new Error('it does not belong here');
    return { id, organization_id: event.data.organization_id, source: event.data.import_type };
  },
});

export const views = {
  source: sourceView,
`;

/** The views of a data directory, or of a database, as plain rows or documents. */
interface Place {
  readonly env: NodeJS.ProcessEnv;
  row(id: string): Promise<object | null>;
  spoil(id: string): Promise<unknown>;
  close(): Promise<void>;
}

function inFolder(dataDir: string): Place {
  const withDatabase = <T>(work: (database: DatabaseSync) => T): T => {
    const database = new DatabaseSync(join(dataDir, `views-${VERSION}.db`), { timeout: 2_000 });
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    env: {},
    row: async (id) => ({ ...withDatabase((views) => views.prepare('SELECT * FROM sources WHERE id = ?').get(id)) }),
    spoil: async (id) =>
      withDatabase((views) => views.prepare(`UPDATE sources SET source = 'another' WHERE id = ?`).run(id)),
    close: async () => {},
  };
}

async function inMongodb(): Promise<Place> {
  const database = await freshDatabase();
  const client = await MongoClient.connect(database.url);
  const sources = client.db().collection<Document & { _id: string }>(`sources_${VERSION}`);
  return {
    env: { MONGODB_URL: database.url },
    row: (id) => sources.findOne({ _id: id }),
    spoil: (id) => sources.updateOne({ _id: id }, { $set: { source: 'another' } }),
    async close() {
      await client.close();
      await database.drop();
    },
  };
}

for (const [where, describeIt, open] of [
  ['in a folder', describe, async (dataDir: string) => inFolder(dataDir)],
  ['in MongoDB', describeWithMongodb, inMongodb],
] as const) {
  describeIt(`a view that a copy of the program declares besides the others, ${where},`, () => {
    const copy = temporaryDirectory();
    const data = temporaryDirectory();
    let place: Place;

    before(async () => {
      place = await open(data.path);
      copyProject(copy.path, [{ file: VIEWS, text: 'export const views = {\n', by: DECLARATION }]);
    });

    after(async () => {
      await place?.close();
      copy.remove();
      data.remove();
    });

    it('is filled, verified and repaired like any other', async () => {
      const id = newId();
      const log = await openEmbeddedLog({ file: join(data.path, 'events.db') });
      await log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
      await log.close();
      const env = { NODE_ENV: 'production', JWT_SECRET, DATA_DIR: data.path, ...place.env };
      const imports = (...args: string[]) => startImports(env, args, copy.path).ended();
      expect(await imports('replay')).to.include({ code: 0 });
      const row = await place.row(id);
      expect(row).to.include({ revision: 0, source: 'salesforce' });
      expect(await imports('verify', '--all')).to.include({ code: 0, stdout: '' });

      await place.spoil(id);
      const { code, stdout } = await imports('verify', '--all', '--json');
      expect(code).to.equal(3);
      expect(JSON.parse(stdout)).to.deep.equal({
        stream: `import-${id}`,
        what: 'different',
        field: 'source.source',
        log: 'salesforce',
        read_model: 'another',
      });
      expect((await imports('verify', '--all', '--repair', '--yes')).code).to.equal(0);
      expect(await place.row(id)).to.deep.equal(row);
    });
  });
}
