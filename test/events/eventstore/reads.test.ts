import { EventStoreDBClient } from '@eventstore/db-client';
import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';
import { newStream } from '../new-event.ts';
import { Fixture, idsOf, newEvents, SHORT_BOUNDS, urlOf } from './fixture.ts';

describe('reading the log in EventStoreDB', () => {
  const fixture = new Fixture();
  let server: StandIn;
  let log: EventLog;

  beforeEach(async () => {
    server = await fixture.start();
    log = await fixture.open(server.url);
  });

  it('finds nothing, and the head 0, if there are only events of other writers', async () => {
    server.appendForeign('others-1', 10);
    server.appendForeign('importers-1', 10);
    server.appendForeign('$stats-127.0.0.1:2113', 10);
    expect(await log.head()).to.equal(0n);
    expect(await log.newest()).to.equal(null);
    expect(await log.readAll(0n, 100)).to.deep.equal([]);
  });

  it('finds our newest event before those of other writers', async () => {
    const { position } = await log.append(newStream(), newEvents(3), 'no_stream');
    server.appendForeign('others-1', 500);
    server.appendForeign('$stats-127.0.0.1:2113', 500);
    expect(await log.head()).to.equal(position);
    expect(await log.newest()).to.include({ position, revision: 2 });
    const { position: next } = await log.append(newStream(), newEvents(1), 'no_stream');
    expect(await log.head()).to.equal(next);
    server.appendForeign('importers-1', 500);
    expect(await log.newest()).to.include({ position: next, revision: 0 });
  });

  describe('however many events others write', () => {
    /** What the server was asked for, and what it sent, during `work`. */
    async function costOf(work: () => Promise<unknown>) {
      const before = server.calls;
      await work();
      const { reads, subscriptions, responses } = server.calls;
      return {
        asked: reads + subscriptions - before.reads - before.subscriptions,
        sent: responses - before.responses,
      };
    }

    async function reopened(): Promise<EventLog> {
      await log.close();
      return fixture.open(server.url);
    }

    for (const count of [100, 20_000]) {
      it(`finds the head before ${count} of them by two requests and two answers`, async () => {
        const { position } = await log.append(newStream(), newEvents(1), 'no_stream');
        server.appendForeign('others-1', count);
        log = await reopened();
        expect(await costOf(async () => expect(await log.head()).to.equal(position))).to.deep.equal({
          asked: 2,
          sent: 2,
        });
      });

      it(`finds the head again after ${count} more by one request, with one checkpoint for each thousand`, async () => {
        const { position } = await log.append(newStream(), newEvents(1), 'no_stream');
        expect(await log.head()).to.equal(position);
        server.appendForeign('others-1', count);
        const { asked, sent } = await costOf(async () => expect(await log.head()).to.equal(position));
        expect(asked).to.equal(1);
        expect(sent).to.be.at.most(3 + count / 1_000);
        expect((await costOf(() => log.head())).sent).to.be.at.most(4);
      });

      it(`begins to follow after ${count} of them if the head is known`, async () => {
        const { position } = await log.append(newStream(), newEvents(1), 'no_stream');
        server.appendForeign('others-1', count);
        log = await reopened();
        await log.head();
        const following = async () => {
          for await (const page of log.follow(position, new AbortController().signal)) if (page.length === 0) break;
        };
        expect((await costOf(following)).sent).to.be.at.most(5);
        expect((await costOf(() => log.readAll(position, 1))).sent).to.be.at.most(5);
      });
    }

    it('answers many calls for the head at once by at most two searches', async () => {
      await log.append(newStream(), newEvents(1), 'no_stream');
      await log.head();
      server.appendForeign('others-1', 1_000);
      const asking = () => Promise.all(Array.from({ length: 100 }, () => log.head()));
      expect((await costOf(asking)).asked).to.be.at.most(2);
    });

    it('asks for the head only once after its own appends', async () => {
      await log.head();
      let last = 0n;
      for (let n = 0; n < 20; n += 1) last = (await log.append(newStream(), newEvents(50), 'no_stream')).position;
      const { asked, sent } = await costOf(async () => expect(await log.head()).to.equal(last));
      expect([asked, sent <= 4]).to.deep.equal([1, true]);
    });

    it('is level in silence by requests that cost the same while others write', async () => {
      const { position } = await log.append(newStream(), newEvents(1), 'no_stream');
      const costs: { asked: number; sent: number }[] = [];
      const levels = log.follow(position, new AbortController().signal)[Symbol.asyncIterator]();
      for (let n = 0; n < 3; n += 1) await levels.next();
      for (const count of [1, 2_000]) {
        server.appendForeign('others-1', count);
        costs.push(await costOf(() => levels.next()));
      }
      await levels.return?.();
      const [quiet, busy] = costs;
      expect(busy?.asked).to.equal(quiet?.asked);
      expect((busy?.sent ?? 0) - (quiet?.sent ?? 0)).to.be.at.most(6);
    });
  });

  it('waits for the search for the head, however long it takes, while the server lives', async () => {
    const { position } = await log.append(newStream(), newEvents(1), 'no_stream');
    await log.close();
    log = await fixture.open(server.url, { bounds: SHORT_BOUNDS });
    server.faults.searchMs = 3 * SHORT_BOUNDS.readMs;
    expect(await log.head()).to.equal(position);
  });

  it('gives up the search for the head if the server hangs', async () => {
    await log.close();
    log = await fixture.open(server.url, { bounds: SHORT_BOUNDS });
    const { reads } = server.calls;
    server.faults.searchMs = 60_000;
    const searching = rejectionOf(log.head());
    await until('it is asked', () => server.calls.reads > reads + 1);
    server.faults.isPaused = true;
    expect(await searching).to.include({ code: 'log_unavailable' });
    server.faults.clear();
  });

  it('asks for uncompressed answers', async () => {
    const { zipped } = server.calls;
    const stream = newStream();
    await log.append(stream, newEvents(3), 'no_stream');
    await log.readStream(stream);
    await log.readAll(0n, 3);
    await log.head();
    expect(server.calls.zipped - zipped).to.equal(0);
  });

  it('returns the whole log without the events of other writers', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const events = newEvents(3);
      await log.append(newStream(), events, 'no_stream');
      ids.push(...idsOf(events));
      server.appendForeign('others-1', 100);
      server.appendForeign('importers-1', 2);
    }
    const all = await log.readAll(0n, 1_000);
    expect(idsOf(all)).to.deep.equal(ids);
    expect(idsOf(await log.readAll(all[6]?.position ?? 0n, 5))).to.deep.equal(ids.slice(7, 12));
  });

  it('returns the whole log although others deleted a stream, without the deletion', async () => {
    const [gone, events] = [newStream(), newEvents(2)];
    await log.append(gone, events.slice(0, 1), 'no_stream');
    server.tombstone(gone);
    await log.append(newStream(), events.slice(1), 'no_stream');
    expect(idsOf(await log.readAll(0n, 10))).to.deep.equal(idsOf(events));
    expect(idsOf(await log.readAll(0n, 2))).to.deep.equal(idsOf(events));
  });

  it('of a stream that others deleted is rejected as damage, not as something to try again', async () => {
    const stream = newStream();
    await log.append(stream, newEvents(1), 'no_stream');
    server.tombstone(stream);
    const error = await rejectionOf(log.readStream(stream));
    expect(error).to.include({ code: 'log_damaged' });
    expect(error.message).to.include(stream);
  });

  it('leaves no call open', async () => {
    await log.close();
    const clients = clientsMade();
    try {
      log = await fixture.open(urlOf(server.port));
    } finally {
      clients.stop();
    }
    const stream = newStream();
    await log.append(stream, newEvents(50), 'no_stream');
    server.appendForeign('others-1', 100);
    for (let round = 0; round < 40; round += 1) {
      await Promise.all([
        log.head(),
        log.head(),
        log.readAll(0n, 1),
        log.readAll(0n, 5_000),
        log.readStream(stream, 0, 1),
      ]);
      for await (const _ of log.follow(0n, new AbortController().signal)) break;
    }
    // The stream of appends, and what is just being ended.
    expect(clients.streamsUnderWay()).to.be.below(20);
  });
});

/** Sees the clients that are made, for what only they know. */
function clientsMade() {
  const made: EventStoreDBClient[] = [];
  const { connectionString } = EventStoreDBClient;
  EventStoreDBClient.connectionString = (...args) => {
    const client = connectionString.apply(EventStoreDBClient, args);
    made.push(client);
    return client;
  };
  return {
    stop() {
      EventStoreDBClient.connectionString = connectionString;
    },
    streamsUnderWay: () =>
      made.reduce(
        (count, client) => count + (client as unknown as { disposableStreams: Set<unknown> }).disposableStreams.size,
        0,
      ),
  };
}
