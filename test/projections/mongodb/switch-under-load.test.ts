import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { Follower } from '../../../src/projections/follower.ts';
import { InlineProjector } from '../../../src/projections/inline-projector.ts';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { describeWithMongodb } from '../../support/mongodb.ts';
import { projectInline } from '../../support/projected.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';
import { type Opened, openFresh } from './fixture.ts';

const silent = { info: () => {}, warn: () => {} };

describeWithMongodb('nodes that record imports while another version of the views in MongoDB goes live', () => {
  let opened: Opened;
  let stores: TestStores;
  let isOver: boolean;
  /** What stops each node. */
  const stops: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    isOver = false;
    [opened, stores] = await Promise.all([openFresh(), openTestStores()]);
  });

  afterEach(async () => {
    isOver = true;
    for (const stop of stops.splice(0)) await stop();
    await opened.cleanUp();
    await stores.close();
  });

  /** A node as the service is one: what it records it projects at once, and a follower runs behind. */
  const startNode = async () => {
    const readModel = await openMongoReadModel({ url: opened.url });
    const inline = new InlineProjector(readModel);
    const follower = new Follower(stores.log, readModel, inline, silent);
    follower.start();
    stops.push(async () => {
      await follower.stop();
      await readModel.close();
    });
    return {
      readModel,
      follower,
      /** As a POST does; gives the import's id. */
      async record(): Promise<string> {
        const id = uuidv7();
        await stores.log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
        await projectInline(stores.log, inline, `import-${id}`);
        return id;
      },
    };
  };

  const replay = async (readModel: ReadModel) => {
    const version = await readModel.beside('the test');
    await new Follower(stores.log, version.readModel, new InlineProjector(version.readModel), silent).untilLevel();
    await version.goLive();
    return version.id;
  };

  it('lose none of them, in as many switches as there are', async () => {
    const nodes = [await startNode(), await startNode()];
    const recorded: string[] = [];
    const load = nodes.map(async (node) => {
      while (!isOver) recorded.push(...(await Promise.all([node.record(), node.record(), node.record()])));
    });
    const before = await nodes[0]?.readModel.checkpoint();
    const versions = [await replay(opened.readModel), await replay(opened.readModel)];
    isOver = true;
    await Promise.all(load);
    expect(recorded.length).to.be.greaterThan(100);

    const head = await stores.log.head();
    for (const { readModel, follower } of nodes) {
      await follower.whenLevel();
      const checkpoint = await readModel.checkpoint();
      expect(checkpoint).to.include({ position: head }).and.not.include({ generation: before?.generation });
      const views = await readModel.getMany('import', recorded);
      expect(recorded.filter((id) => !views.has(id))).to.deep.equal([]);
    }
    const collection = opened.database.collection(`imports_${versions[1]?.slice(0, 8)}`);
    expect(await collection.countDocuments()).to.equal(recorded.length);
  });

  it('do not rely on what they projected at once into the version before', async () => {
    const inline = new InlineProjector(opened.readModel);
    const version = await opened.readModel.beside('the test');
    await version.readModel.write({ writes: [], checkpoint: { from: null, to: { log: stores.log.id, position: 0n } } });
    const id = uuidv7();
    await stores.log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
    await projectInline(stores.log, inline, `import-${id}`);
    expect(await opened.readModel.get('import', id)).to.not.equal(null);
    await version.goLive();
    await new Follower(stores.log, opened.readModel, inline, silent).untilLevel();
    expect(await opened.readModel.get('import', id)).to.not.equal(null);
  });
});
