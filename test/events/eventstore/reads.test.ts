import { EventStoreDBClient } from '@eventstore/db-client';
import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { newStream } from '../new-event.ts';
import { Fixture, idsOf, newEvents, urlOf } from './fixture.ts';

describe('reading the log in EventStoreDB', () => {
  let fixture: Fixture;
  let server: StandIn;
  let log: EventLog;

  beforeEach(async () => {
    fixture = new Fixture();
    server = await fixture.start();
    log = await fixture.open(server.url);
  });

  afterEach(() => fixture.cleanUp());

  it('gives nothing, and the head 0, of a log that holds what others wrote only', async () => {
    server.appendForeign('others-1', 10);
    server.appendForeign('importers-1', 10);
    server.appendForeign('$stats-127.0.0.1:2113', 10);
    expect(await log.head()).to.equal(0n);
    expect(await log.readAll(0n, 100)).to.deep.equal([]);
  });

  it('finds the newest event of ours behind what others wrote', async () => {
    const { position } = await log.append(newStream(), newEvents(3), 'no_stream');
    server.appendForeign('others-1', 500);
    server.appendForeign('$stats-127.0.0.1:2113', 500);
    expect(await log.head()).to.equal(position);
    const { position: next } = await log.append(newStream(), newEvents(1), 'no_stream');
    expect(await log.head()).to.equal(next);
  });

  it('looks for the head through thousands of events of others once only', async () => {
    server.appendForeign('others-1', 20_000);
    expect(await log.head()).to.equal(0n);
    const { responses } = server.calls;
    server.appendForeign('others-1', 10);
    expect(await log.head()).to.equal(0n);
    expect(server.calls.responses - responses).to.be.below(200);
  });

  it('looks for the head no further back than the newest event of ours', async () => {
    await log.append(newStream(), newEvents(1), 'no_stream');
    await log.close();
    for (let round = 0; round < 20; round += 1) server.appendForeign('others-1', 1_000);
    log = await fixture.open(server.url);
    const { position } = await log.append(newStream(), newEvents(1), 'no_stream');
    server.appendForeign('others-1', 10);
    const { responses } = server.calls;
    expect(await log.head()).to.equal(position);
    expect(server.calls.responses - responses).to.be.below(2_000);
  });

  it('finds the head however many events of others there are, though it takes longer than a server may be silent', async function () {
    this.timeout(60_000);
    const { position } = await log.append(newStream(), newEvents(1), 'no_stream');
    let tookMs = 0;
    for (let count = 20_000; tookMs < 1_000; count *= 2) {
      await log.close();
      server.appendForeign('others-1', count);
      log = await fixture.open(server.url);
      const begun = performance.now();
      expect(await log.head()).to.equal(position);
      tookMs = performance.now() - begun;
    }
  });

  it('gives the whole log without what others wrote in between', async () => {
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

  it('gives the whole log past a stream that others deleted, the deletion left out', async () => {
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

  it('leaves no call behind', async () => {
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
    for (let round = 0; round < 100; round += 1) {
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
  }).timeout(60_000);
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
