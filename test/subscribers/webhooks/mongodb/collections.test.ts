import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { openMongoReadModel } from '../../../../src/projections/mongodb/open.ts';
import { openMongoVersions } from '../../../../src/projections/mongodb/versions.ts';
import { VIEWS_VERSION } from '../../../../src/projections/views.ts';
import {
  openMongoDeliveriesForReading,
  openMongoDeliveryStore,
} from '../../../../src/subscribers/webhooks/mongodb/open.ts';
import { describeWithMongodb, freshDatabase } from '../../../support/mongodb.ts';
import { someDelivery, someProgress } from '../some-deliveries.ts';

describeWithMongodb('the collections of deliveries in MongoDB', () => {
  let url: string;
  let drop: () => Promise<void>;
  let client: MongoClient;

  beforeEach(async () => {
    ({ url, drop } = await freshDatabase());
    client = new MongoClient(url);
  });

  afterEach(async () => {
    await client.close();
    await drop();
  });

  const namesOf = async () => (await client.db().listCollections().toArray()).map(({ name }) => name);

  it('outlive the versions of the views beside them', async () => {
    const readModel = await openMongoReadModel({ url });
    const store = await openMongoDeliveryStore({ url });
    const [delivery, progress] = [someDelivery('one', 1), someProgress(1n)];
    await store.save('one', [delivery], progress);
    await store.take({ endpoint: 'one', holder: 'this node', beat: 1 }, null);
    await readModel.close();
    const versions = await openMongoVersions({ url });
    expect((await versions.list()).map(({ name }) => name)).to.deep.equal([String(VIEWS_VERSION)]);
    await versions.remove(String(VIEWS_VERSION));
    await versions.close();
    expect(await store.waiting('one')).to.deep.equal([delivery]);
    expect(await store.progress('one')).to.deep.equal(progress);
    expect(await store.leases()).to.have.length(1);
    await store.close();
  });

  it('have an index for each order in which they are read', async () => {
    const store = await openMongoDeliveryStore({ url });
    const indexes = await client.db().collection('webhook_deliveries').indexes();
    expect(indexes.map(({ key }) => key)).to.deep.include.members([
      { endpoint: 1, created_at: -1, _id: -1, status: 1 },
      { endpoint: 1, status: 1, created_at: -1, _id: -1 },
    ]);
    await store.close();
  });

  it('are not made by a command that only reads, for which they are empty', async () => {
    const reading = await openMongoDeliveriesForReading({ url });
    expect(await reading.progress('one')).to.equal(null);
    expect(await reading.waiting('one')).to.deep.equal([]);
    expect(await reading.list({ endpoint: 'one', limit: 10 })).to.deep.equal([]);
    expect(await reading.leases()).to.deep.equal([]);
    await reading.close();
    expect(await namesOf()).to.deep.equal([]);
  });

  it('are read by such a command when a service has made them', async () => {
    const store = await openMongoDeliveryStore({ url });
    const delivery = someDelivery('one', 1);
    await store.save('one', [delivery], null);
    const reading = await openMongoDeliveriesForReading({ url });
    expect(await reading.withIds('one', [delivery.id])).to.deep.equal([delivery]);
    await reading.close();
    await store.close();
  });
});
