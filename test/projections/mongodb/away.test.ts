import { expect } from 'chai';
import { BOUNDS_MS } from '../../../src/mongodb/bounds.ts';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { describeWithOwnMongodb, startMongodb, type TestMongodb } from '../../support/mongodb.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { anEvent, firstImport } from '../some-views.ts';

/** The bound of a round trip for a page or a group of writes, and the time that a busy machine needs: less than a second round trip has. */
const PATIENCE_MS = 2 * BOUNDS_MS.documents - 100;

describeWithOwnMongodb('a MongoDB that goes away', () => {
  let server: TestMongodb;
  let proxy: TcpProxy;
  let readModel: ReadModel;

  before(async () => {
    server = await startMongodb();
  });

  after(() => server.remove());

  beforeEach(async () => {
    proxy = await startProxy(server.port);
    readModel = await openMongoReadModel({ url: `mongodb://127.0.0.1:${proxy.port}/views` });
  });

  afterEach(async () => {
    proxy.resume();
    await readModel.close();
    await proxy.stop();
  });

  const insert = () => readModel.write({ writes: [firstImport()] });

  /** How long the call took to fail, in milliseconds. */
  const failing = async (call: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    expect(await rejectionOf(call())).to.be.instanceOf(ReadModelUnavailable);
    return performance.now() - began;
  };

  const isBack = () => until('views are written again', () => insert().catch(() => null));

  const calls: Record<string, () => Promise<unknown>> = {
    get: () => readModel.get('import', 'i'),
    getMany: () => readModel.getMany('import', ['i']),
    list: () => readModel.list('import', { organizationId: 'o', limit: 5 }),
    page: () => readModel.page('user', null, 9),
    write: insert,
    'write of what goes to the quarantine': () => readModel.write({ writes: [], quarantined: [anEvent()] }),
    checkpoint: () => readModel.checkpoint(),
    quarantined: () => readModel.quarantined(),
    clear: () => readModel.clear(),
    markFilled: () => readModel.markFilled('a generation'),
    noteUse: () => readModel.noteUse('a generation'),
  };

  for (const [what, goAway] of [
    ['it is frozen', () => proxy.freeze()],
    ['its connections are cut', () => proxy.cut()],
  ] as const) {
    for (const [name, call] of Object.entries(calls)) {
      it(`fails \`${name}\` in time if ${what}, and serves it when it is back`, async () => {
        goAway();
        expect(await failing(call)).to.be.lessThan(PATIENCE_MS);
        proxy.resume();
        const isServed = () =>
          call().then(
            () => true,
            () => false,
          );
        await until('it is served again', isServed);
      });
    }
  }

  it('fails all waiting calls in time, and later calls at once', async () => {
    proxy.freeze();
    const times = await Promise.all(Array.from({ length: 50 }, () => failing(insert)));
    expect(Math.max(...times)).to.be.lessThan(PATIENCE_MS);
    for (const call of Object.values(calls)) expect(await failing(call)).to.be.lessThan(BOUNDS_MS.document / 2);
  });

  for (const [what, goAway] of [
    ['its connections are cut', () => proxy.cut()],
    ['it is frozen', () => proxy.freeze()],
    ['its connections are half open', () => proxy.isolate()],
  ] as const) {
    it(`is used again without a restart if ${what}`, async () => {
      await insert();
      goAway();
      await failing(insert);
      proxy.resume();
      const began = performance.now();
      await isBack();
      expect(performance.now() - began).to.be.lessThan(5_000);
    });
  }

  it('has kept all writes when it is back after it was killed', async () => {
    const one = firstImport();
    await readModel.write({ writes: [one] });
    await server.kill();
    await failing(insert);
    await server.start();
    await isBack();
    expect(await readModel.get('import', one.view.id)).to.deep.equal({ revision: 0, view: one.view });
  });

  describe('closing', () => {
    it('finishes running calls; afterwards nothing is served', async () => {
      const [written, listed] = [insert(), readModel.page('user', null, 9)];
      await readModel.close();
      expect([await written, await listed]).to.deep.equal([['written'], []]);
      for (const call of Object.values(calls)) {
        const error = await rejectionOf(call());
        expect(error).to.be.instanceOf(ReadModelUnavailable).with.property('message').that.includes('it is closed');
      }
    });

    it('ends although the server is frozen', async () => {
      proxy.freeze();
      const failed = failing(insert);
      const began = performance.now();
      await readModel.close();
      expect(performance.now() - began).to.be.lessThan(2 * PATIENCE_MS);
      await failed;
    });
  });
});
