import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import type { Db, MongoClient } from 'mongodb';
import { targetOf } from '../../src/mongodb/client.ts';
import { CurrentClient } from '../../src/mongodb/current-client.ts';
import { ReadModelUnavailable } from '../../src/projections/errors.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';
import { type Answer, type FakeMongodb, startFakeMongodb } from './fake-mongodb.ts';

const BOUND_MS = 1_000;

const ping = (database: Db) => database.command({ ping: 1 });

describe('the client of MongoDB in use', () => {
  let fake: FakeMongodb;
  let clients: CurrentClient;
  /** Every client of the driver that was made. */
  let made: MongoClient[];
  let stopped: boolean;

  const open = async (answers: Record<string, Answer> = {}) => {
    fake = await startFakeMongodb(answers);
    made = [];
    stopped = false;
    const target = targetOf(
      { url: `mongodb://127.0.0.1:${fake.port}/views`, onCommand: () => {} },
      ReadModelUnavailable,
    );
    const newClient = () => {
      made.push(target.newClient());
      return made.at(-1) as MongoClient;
    };
    clients = new CurrentClient({ ...target, newClient });
  };
  const stop = async () => {
    if (!stopped) await fake.stop();
    stopped = true;
  };

  beforeEach(() => open());

  afterEach(async () => {
    await clients.close();
    await stop();
  });

  /** A fresh one after the one in use. */
  const renewed = async (isDoubtful = false) => {
    const failed = await clients.current();
    const next = await clients.after(failed, isDoubtful);
    expect(next).to.not.equal(failed);
    return next;
  };

  it('is connected once for all calls at the same time', async () => {
    const [one, other] = await Promise.all([clients.current(), clients.current()]);
    expect(one).to.equal(other);
    const after = await Promise.all([clients.after(one, false), clients.after(one, true)]);
    expect(after[0]).to.equal(after[1]).and.not.equal(one);
    expect(made).to.have.length(2);
  });

  it('is the same for a call that noticed the failure of the one before late', async () => {
    const failed = await clients.current();
    const fresh = await renewed();
    expect(await clients.after(failed, false)).to.equal(fresh);
    expect(made).to.have.length(2);
  });

  it('is not replaced again at once, but a little later', async () => {
    const began = performance.now();
    for (let times = 0; times < 5; times += 1) await renewed();
    expect(made).to.have.length(6);
    expect(performance.now() - began).to.be.greaterThan(5 * 95);
  });

  it('is seldom replaced if it is doubtful that it has failed', async () => {
    await renewed(true);
    const fresh = await clients.current();
    const began = performance.now();
    while (performance.now() - began < 300) {
      expect(await clients.after(fresh, true)).to.equal(fresh);
      await ping(made.at(-1)?.db() as Db);
    }
    await renewed(false);
  });

  it('is kept if no new one can be connected, and the call fails at once', async () => {
    const failed = await clients.current();
    await stop();
    const error = await rejectionOf(clients.after(failed, false));
    expect(error.message).to.match(/ECONNREFUSED|closed/);
    expect(await clients.current()).to.equal(failed);
  });

  it('is closed when another has replaced it, after its running requests', async () => {
    await stop();
    const answer = Promise.withResolvers<object>();
    await open({ find: () => answer.promise });
    const before = await clients.current();
    const asked = before.ask((database) => database.collection('views').findOne(), BOUND_MS);
    const closed = once(made[0] as MongoClient, 'topologyClosed');
    await (await renewed()).ask(ping, BOUND_MS);
    answer.resolve({ cursor: { id: 0n, ns: 'views.views', firstBatch: [{ _id: 'asked before' }] } });
    expect(await asked).to.deep.equal({ _id: 'asked before' });
    await closed;
  });

  it('leaves no connection and no timer', async () => {
    await (await clients.current()).ask(ping, BOUND_MS);
    const count = () => {
      const all = process.getActiveResourcesInfo();
      return ['TCPSocketWrap', 'Timeout'].map((kind) => all.filter((one) => one === kind).length);
    };
    const swap = async () => (await renewed()).ask(ping, BOUND_MS);
    await swap();
    const counted = count();
    for (let swaps = 0; swaps < 20; swaps += 1) await swap();
    await until('there are as many as before', () => String(count()) === String(counted));
  });

  it('is closed although its last message hangs for ever, as the driver waits for a destroyed socket', async () => {
    await stop();
    await open({ hello: { logicalSessionTimeoutMinutes: 30 } });
    const sockets: Socket[] = [];
    const note = (message: unknown) => sockets.push((message as { socket: Socket }).socket);
    subscribe('net.client.socket', note);
    await (await clients.current()).ask((database) => database.collection('views').findOne(), BOUND_MS);
    unsubscribe('net.client.socket', note);
    let goodbyes = 0;
    made[0]?.on('commandStarted', ({ commandName }) => {
      if (commandName !== 'endSessions') return;
      goodbyes += 1;
      for (const socket of sockets) socket.destroy();
    });
    const closed = once(made[0] as MongoClient, 'topologyClosed');
    await clients.close();
    await closed;
    expect(goodbyes).to.equal(1);
  });

  it('is none after all are closed', async () => {
    const last = await clients.current();
    await clients.close();
    expect((await rejectionOf(clients.current())).message).to.include('it is closed');
    expect((await rejectionOf(clients.after(last, false))).message).to.include('it is closed');
  });
});
