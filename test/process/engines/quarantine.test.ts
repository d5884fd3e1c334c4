import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type Document, MongoClient } from 'mongodb';
import { openEventStoreLog } from '../../../src/events/eventstore/open.ts';
import { newEvent } from '../../support/events.ts';
import { until } from '../../support/until.ts';
import { describeOnEngines, type Engines, IMPORTS, idOf, type Node, startEngines } from './engines.ts';

describeOnEngines('what another version wrote', (mongodb) => {
  let engines: Engines;
  let node: Node;

  beforeEach(async () => {
    engines = await startEngines(mongodb());
    node = await engines.startNode();
    await node.ready();
  });

  afterEach(() => engines?.stop());

  /** Records an event of a type that only a newer release knows. */
  async function recordNewer(stream: string): Promise<void> {
    const log = await openEventStoreLog({ url: engines.eventStore.url });
    await log.append(stream, [newEvent({ type: 'ImportExploded', data: {} })], 'any');
    await log.close();
  }

  const quarantined = (streams: readonly string[]) =>
    until('it is in the quarantine', async () => {
      const { status, events_set_aside, set_aside = [] } = await node.readiness();
      const told = set_aside.map(({ stream }) => stream);
      if (!streams.every((stream) => told.includes(stream))) return null;
      expect([status, events_set_aside, told.toSorted()]).to.deep.equal([200, true, streams.toSorted()]);
      return set_aside;
    });

  it('as events of an unknown type is passed over and counted, and all else goes on', async () => {
    const streams = [`import-${randomUUID()}`, `secret-${randomUUID()}`];
    for (const stream of streams) await recordNewer(stream);
    const posted = await node.post();
    await until('they are counted', async () => (await node.metric('imports_projector_events_unknown')) === 2);
    expect(await node.metric('imports_projector_events_set_aside')).to.equal(0);
    await until('the follower has passed them', async () => (await node.metric('imports_projector_lag_events')) === 0);
    expect((await node.list()).text).to.equal(`[${posted.text}]`);
    expect((await node.request(`${IMPORTS}/${idOf(posted)}`)).text).to.equal(posted.text);
  });

  it('as a view is left as it is, its later events go to the quarantine, and all else goes on', async () => {
    const old = await node.post();
    const client = await MongoClient.connect(engines.env.MONGODB_URL as string);
    try {
      const database = client.db();
      const found = async () => {
        for (const { name } of await database.listCollections().toArray()) {
          const collection = database.collection<Document & { _id: string }>(name);
          const document = await collection.findOne({ _id: idOf(old) });
          if (document !== null) return { collection, document };
        }
        return null;
      };
      const { collection, document } = await until('the view is there', found);
      const theirs = { ...document, created_at: 99 };
      await collection.replaceOne({ _id: idOf(old) }, theirs);
      await recordNewer(`import-${idOf(old)}`);
      const [event] = await quarantined([`import-${idOf(old)}`]);
      expect(event?.type).to.equal('ImportExploded');
      const posted = await node.post();
      expect((await node.request(`${IMPORTS}/${idOf(posted)}`)).text).to.equal(posted.text);
      expect(await collection.findOne({ _id: idOf(old) })).to.deep.equal(theirs);
      await until('it is level', async () => (await node.metric('imports_projector_lag_events')) === 0);
    } finally {
      await client.close();
    }
  });
});
