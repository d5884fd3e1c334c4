import { expect } from 'chai';
import { Collection, type Db, type Document, MongoClient } from 'mongodb';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { openMongoReadModel, openMongoReadModelForReading } from '../../../src/projections/mongodb/open.ts';
import { openMongoVersions } from '../../../src/projections/mongodb/versions.ts';
import { NO_LOG } from '../../../src/projections/projector-store.ts';
import type { Versions } from '../../../src/projections/versions.ts';
import { views } from '../../../src/projections/views.ts';
import { badgeView } from '../../contracts/read-model/added-view.ts';
import { startFakeMongodb } from '../../mongodb/fake-mongodb.ts';
import { describeWithMongodb, freshDatabase } from '../../support/mongodb.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { firstImport } from '../some-views.ts';

describeWithMongodb('versions of the views in MongoDB', () => {
  let url: string;
  let client: MongoClient;
  let database: Db;
  let versions: Versions;
  let drop: () => Promise<void>;

  beforeEach(async () => {
    ({ url, drop } = await freshDatabase());
    client = new MongoClient(url);
    database = client.db();
    versions = await openMongoVersions({ url });
  });

  afterEach(async () => {
    await versions.close();
    await client.close();
    await drop();
  });

  const collections = async () =>
    (await database.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort();
  const put = async (...names: string[]) => {
    for (const name of names) await database.collection(name).insertOne({ by: 'the test' });
  };
  const namesOf = async () => (await versions.list()).map(({ name }) => name);

  it('are removed with the views that only their own release knows', async () => {
    const readModel = await openMongoReadModel({ url, version: 8, views: { ...views, badge: badgeView } });
    await readModel.write({
      writes: [firstImport()],
      checkpoint: { from: null, to: { log: 'the log', position: 1n } },
    });
    await readModel.close();
    await put('notes_8', 'badges_80');
    expect(await collections()).to.include.members(['badges_8', 'imports_8', 'checkpoint_8', 'quarantine_8']);
    await versions.remove('8');
    expect(await collections()).to.deep.equal(['badges_80', 'notes_8']);
  });

  it('are not taken for whole if their removal was cut short, and can be removed again', async () => {
    const readModel = await openMongoReadModel({ url, version: 8, views: { ...views, badge: badgeView } });
    const checkpoint = { from: null, to: { log: 'the log', position: 1n } };
    await readModel.write({ writes: [firstImport()], checkpoint });
    await readModel.markFilled((await readModel.checkpoint())?.generation as string);
    const drop = Collection.prototype.drop;
    try {
      Collection.prototype.drop = async function (this: Collection, ...args) {
        if (this.collectionName === 'checkpoint_8') throw new Error('the test says so');
        return drop.apply(this, args);
      };
      await rejectionOf(versions.remove('8'));
    } finally {
      Collection.prototype.drop = drop;
    }
    expect(await readModel.checkpoint()).to.include({ log: NO_LOG, isFilled: false });
    await readModel.close();
    await put('badges_8');
    const again = await openMongoVersions({ url });
    await again.remove('8');
    await again.close();
    expect(await collections()).to.deep.equal([]);
  });

  it('of earlier releases are listed as one without a number, and removed as one', async () => {
    const old = ['imports', 'users', 'checkpoint', 'set_aside', 'versions', 'imports_0badf00d', 'users_12345678'];
    await put(...old, 'imports_7', 'imports_of_ours', 'notes');
    // Until a document says that they are ours, they may be another application's.
    expect(await namesOf()).to.deep.equal(['7']);
    await versions.remove('unnumbered');
    expect(await collections()).to.include.members(old);
    await database.collection<Document>('versions').insertOne({ _id: 'versions' as never, live: null, changes: 3 });
    const listed = await versions.list();
    expect(listed.map(({ name }) => name)).to.deep.equal(['7', 'unnumbered']);
    expect(listed[1]).to.include({ checkpoint: null, usedAt: null });
    await versions.remove('unnumbered');
    expect(await collections()).to.deep.equal(['imports_7', 'imports_of_ours', 'notes']);
    expect(await namesOf()).to.deep.equal(['7']);
  });

  it('are listed and removed although their checkpoint cannot be read', async () => {
    await put('imports_7', 'notes');
    await database.collection<Document>('checkpoint_7').insertOne({ _id: 'checkpoint' as never, position: 'the end' });
    expect((await versions.list())[0]).to.include({ name: '7', checkpoint: null });
    const reader = await versions.open('7');
    expect(await rejectionOf(reader.checkpoint())).to.be.instanceOf(ReadModelUnavailable);
    await versions.remove('7');
    expect(await collections()).to.deep.equal(['notes']);
  });

  it('are not made by a command that only reads', async () => {
    const reader = await openMongoReadModelForReading({ url });
    expect(await reader.checkpoint()).to.equal(null);
    expect(await reader.list('import', { organizationId: 'o', limit: 5 })).to.deep.equal({ items: [], isLast: true });
    expect(await versions.list()).to.deep.equal([]);
    await reader.close();
    expect(await collections()).to.deep.equal([]);
  });
});

describe('the room of a MongoDB', () => {
  const openAt = async (answers: Record<string, Document>) => {
    const fake = await startFakeMongodb({
      listCollections: { cursor: { id: 0n, ns: 'views.any', firstBatch: [{ name: 'imports_7', type: 'collection' }] } },
      ...answers,
    });
    const versions = await openMongoVersions({ url: `mongodb://127.0.0.1:${fake.port}/views` });
    const [version] = await versions.list();
    const told = { bytes: version?.bytes, roomBytes: await versions.roomBytes() };
    await versions.close();
    await fake.stop();
    return told;
  };

  it('is the free space on its disk; a version has the size of its collections', async () => {
    const answers = {
      dbStats: { fsTotalSize: 1000, fsUsedSize: 400 },
      collStats: { storageSize: 70, totalIndexSize: 7 },
    };
    expect(await openAt(answers)).to.deep.equal({ bytes: 77, roomBytes: 600 });
  });

  it('is null if the server does not say it, or does not allow the question', async () => {
    const nothing = { bytes: null, roomBytes: null };
    expect(await openAt({})).to.deep.equal(nothing);
    const refusal = { code: 13, errmsg: 'not authorized' };
    expect(await openAt({ dbStats: refusal, collStats: refusal })).to.deep.equal(nothing);
  });
});
