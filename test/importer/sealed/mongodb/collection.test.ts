import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { openMongoSealedStore } from '../../../../src/importer/sealed/mongodb/mongo-sealed-store.ts';
import { openMongoReadModel } from '../../../../src/projections/mongodb/open.ts';
import { openMongoVersions } from '../../../../src/projections/mongodb/versions.ts';
import { VIEWS_VERSION } from '../../../../src/projections/views.ts';
import { describeWithMongodb, freshDatabase } from '../../../support/mongodb.ts';

describeWithMongodb('the collection of sealed credentials in MongoDB', () => {
  it('outlives the versions of the views beside it', async () => {
    const { url, drop } = await freshDatabase();
    const readModel = await openMongoReadModel({ url });
    const store = await openMongoSealedStore({ url });
    await store.put('import 1', Buffer.of(1, 2), null);
    await readModel.close();
    const versions = await openMongoVersions({ url });
    expect((await versions.list()).map(({ name }) => name)).to.deep.equal([String(VIEWS_VERSION)]);
    await versions.remove(String(VIEWS_VERSION));
    await versions.close();
    expect(Buffer.from((await store.get('import 1')) ?? [])).to.deep.equal(Buffer.of(1, 2));
    const client = new MongoClient(url);
    expect((await client.db().listCollections().toArray()).map(({ name }) => name)).to.include('sealed_credentials');
    await client.close();
    await store.close();
    await drop();
  });
});
