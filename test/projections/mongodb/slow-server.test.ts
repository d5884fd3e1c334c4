import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { shapesOf, type ViewShape } from '../../../src/projections/views/declare-view.ts';
import { views } from '../../../src/projections/views.ts';
import { type Answer, type FakeMongodb, startFakeMongodb } from '../../mongodb/fake-mongodb.ts';
import { firstImport } from '../some-views.ts';

/** All of them together take longer than a single document may. */
const INDEX_MS = 125;

describe('a MongoDB that is slow', () => {
  let fake: FakeMongodb;
  let indexes: string[];

  const start = async (answers: Record<string, Answer> = {}, indexMs = INDEX_MS) => {
    indexes = [];
    const createIndexes: Answer = async (command) => {
      await sleep(indexMs);
      for (const { name } of command.indexes) indexes.push(`${command.createIndexes} ${name}`);
      return {};
    };
    fake = await startFakeMongodb({ createIndexes, ...answers });
    return `mongodb://127.0.0.1:${fake.port}/views`;
  };

  afterEach(() => fake.stop());

  const within = async (url: string, use: (readModel: ReadModel) => Promise<void>) => {
    const readModel = await openMongoReadModel({ url });
    try {
      await use(readModel);
    } finally {
      await readModel.close();
    }
  };
  const madeEachOnce = () => {
    const ofViews = indexes.filter((one) => !one.startsWith('quarantine_')).map((one) => one.split(' ')[1]);
    const declared = Object.values<ViewShape>(shapesOf(views)).flatMap(({ list, queue }) =>
      Object.keys({ ...list?.indexes, ...queue?.indexes }),
    );
    expect(ofViews).to.have.members(declared);
    expect(indexes.length - ofViews.length).to.equal(1);
  };

  it('for each new index is waited for at the first start', async () => {
    // So long that it would not do to wait for all of them together as for a server that is away.
    await within(await start({}, 2 * INDEX_MS), async () => madeEachOnce());
  });

  it("for each new index is waited for by a follower's first step", async () => {
    await within(await start(), async (readModel) => {
      indexes = [];
      const to = { log: 'the log', position: 1n };
      expect(await readModel.write({ writes: [firstImport()], checkpoint: { from: null, to } })).to.deep.equal([
        'written',
      ]);
      madeEachOnce();
    });
  });

  it('for a page of views is waited for longer than one that is as slow for a single view', async () => {
    const find: Answer = async (command) => {
      if (command.find.startsWith('users_')) await sleep(1_200);
      return undefined;
    };
    const url = await start({ find });
    await within(url, async (readModel) => {
      expect(await readModel.page('user', null, 100)).to.deep.equal([]);
      expect((await Promise.allSettled([readModel.get('user', 'u')]))[0].status).to.equal('rejected');
    });
  });
});
