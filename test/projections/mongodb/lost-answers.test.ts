import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import { project } from '../../../src/projections/project.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { domainEvent, USER_REGISTERED, USER_REMOVED } from '../../support/events.ts';
import { describeWithMongoJavaServer, startMongoJavaServer } from '../../support/mongo-java-server.ts';
import type { TestMongodb } from '../../support/mongodb.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { anEvent, userView } from '../some-views.ts';

const LOG = 'the log';

/** The server does it, and the connection ends before it can say so: it is asked a second time. */
describeWithMongoJavaServer('what MongoDB has done, and of which its answer is lost,', () => {
  let server: TestMongodb;
  let proxy: TcpProxy;
  let readModel: ReadModel;
  let commands: string[];

  before(async () => {
    server = await startMongoJavaServer();
  });

  after(() => server?.remove());

  beforeEach(async () => {
    proxy = await startProxy(server.port);
    commands = [];
    const url = `mongodb://127.0.0.1:${proxy.port}/views_${randomUUID().slice(0, 8)}`;
    readModel = await openMongoReadModel({ url, onCommand: (name) => commands.push(name) });
  });

  afterEach(async () => {
    await readModel.close();
    await proxy.stop();
  });

  /** The result of the call if its first answer is lost. */
  const unanswered = async <T>(call: () => Promise<T>): Promise<T> => {
    commands.length = 0;
    proxy.cutAnswersAfter(0);
    return call();
  };
  const twice = (command: string) => commands.filter((name) => name === command).length === 2;

  const id = randomUUID();
  const stream = `user-${id}`;
  const registered = domainEvent(stream, 0, USER_REGISTERED);
  const removed = domainEvent(stream, 1, USER_REMOVED);
  const revision = async () => (await readModel.get('user', id))?.revision;

  it('is a new view: its projector gets it, and it exists once', async () => {
    const { views } = await unanswered(() => project(readModel, [registered]));
    expect(commands.filter((name) => name === 'insert')).to.have.length(2);
    expect(views.get(stream)).to.include({ revision: 0 });
    expect(await revision()).to.equal(0);
  });

  it('is a view that was written over a revision: its projector gets it', async () => {
    await project(readModel, [registered]);
    // The read that comes before the write may be the one that is not answered; it is not what is tested here.
    const before = (await readModel.get('user', id))?.view ?? userView();
    const write = { kind: 'user', expectedRevision: 0, revision: 1, view: { ...before, removed_at: 'now' } } as const;
    const outcomes = await unanswered(() => readModel.write({ writes: [write] }));
    expect(twice('update')).to.equal(true);
    // Read and decide: the projector finds it at the revision that it wants.
    expect(outcomes).to.deep.equal(['conflict']);
    expect(await readModel.get('user', id)).to.deep.equal({ revision: 1, view: write.view });
    const { views } = await project(readModel, [removed]);
    expect(views.get(stream)).to.deep.equal({ revision: 1, view: write.view });
  });

  it("is a follower's step: its checkpoint moves, and its views are written", async () => {
    await readModel.write({ writes: [], checkpoint: { from: null, to: { log: LOG, position: 1n } } });
    const from = await readModel.checkpoint();
    const step = { from, to: { log: LOG, position: 2n } };
    for (const events of [[registered], [removed]]) {
      await unanswered(() => project(readModel, events, step));
      expect((await readModel.checkpoint())?.position).to.equal(2n);
    }
    expect(await revision()).to.equal(1);
    const to = { log: LOG, position: 9n };
    await unanswered(() => readModel.write({ writes: [], checkpoint: { from, to } }));
    expect(await readModel.checkpoint()).to.deep.equal({ ...from, ...to });
  });

  it('is the first checkpoint: it is made', async () => {
    const to = { log: LOG, position: 3n };
    await unanswered(() => readModel.write({ writes: [], checkpoint: { from: null, to } }));
    expect(await readModel.checkpoint()).to.deep.include(to);
  });

  it('is an event that enters or leaves the quarantine', async () => {
    const event = anEvent();
    await unanswered(() => readModel.write({ writes: [], quarantined: [event] }));
    expect(twice('update')).to.equal(true);
    expect(await readModel.quarantined()).to.deep.equal([event]);
    await unanswered(() => readModel.write({ writes: [], released: [event] }));
    expect(twice('delete')).to.equal(true);
    expect(await readModel.quarantined()).to.deep.equal([]);
  });

  it('is a repaired view', async () => {
    const right = { revision: 0, view: userView({ id }) };
    await unanswered(() => readModel.repair('user', id, null, right));
    expect(twice('insert')).to.equal(true);
    expect(await readModel.get('user', id)).to.deep.equal(right);
    await unanswered(() => readModel.repair('user', id, right, null));
    expect(await readModel.get('user', id)).to.equal(null);
  });

  it('is that everything was thrown away', async () => {
    await project(readModel, [registered], { from: null, to: { log: LOG, position: 1n } });
    await unanswered(() => readModel.clear());
    expect([await readModel.checkpoint(), await revision()]).to.deep.equal([null, undefined]);
  });

  describe('or whose connections are silent from then on,', () => {
    const silent = async <T>(call: () => Promise<T>): Promise<T> => {
      await Promise.all(Array.from({ length: 20 }, () => readModel.checkpoint()));
      commands.length = 0;
      proxy.isolate();
      proxy.resume();
      return call();
    };

    it('is still read, a single view and a page', async () => {
      await project(readModel, [registered]);
      expect(await silent(() => readModel.get('user', id))).to.include({ revision: 0 });
      expect(twice('find')).to.equal(true);
      expect(await silent(() => readModel.page('user', null, 10))).to.have.length(1);
    });

    it('is still written', async () => {
      const { views } = await silent(() => project(readModel, [registered]));
      expect(views.get(stream)).to.include({ revision: 0 });
      expect(await revision()).to.equal(0);
    });
  });
});
