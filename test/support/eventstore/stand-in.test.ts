import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  ANY,
  type AppendResult,
  BACKWARDS,
  END,
  EventStoreDBClient,
  eventTypeFilter,
  excludeSystemEvents,
  jsonEvent,
  NO_STREAM,
  type Position,
  STREAM_EXISTS,
  streamNameFilter,
} from '@eventstore/db-client';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { credentials } from '@grpc/grpc-js';
import { expect } from 'chai';
import { rejectionOf } from '../rejection-of.ts';
import { until } from '../until.ts';
import { type StandIn, type StandInOptions, startStandIn, times } from './stand-in.ts';

type Resolved = { readonly event?: { readonly id: string } };

/** All tests here use the real client, since its view of the stand-in's answers is what counts. */
describe('the stand-in for EventStoreDB', () => {
  const clients: EventStoreDBClient[] = [];
  const standIns: StandIn[] = [];
  let standIn: StandIn;
  let client: EventStoreDBClient;

  beforeEach(() => open());

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((each) => each.dispose()));
    await Promise.all(standIns.splice(0).map((each) => each.stop()));
  });

  async function open(options?: StandInOptions): Promise<void> {
    standIn = await another(options);
    client = connect(standIn.url);
  }

  async function another(options?: StandInOptions): Promise<StandIn> {
    const started = await startStandIn(options);
    standIns.push(started);
    return started;
  }

  function connect(url: string): EventStoreDBClient {
    const connected = EventStoreDBClient.connectionString(url);
    clients.push(connected);
    return connected;
  }

  /** Waits until the client has noticed: its first calls may still use the closed connection. */
  async function restart(): Promise<void> {
    await standIn.stop();
    await standIn.start();
    await until('the client is connected again', () =>
      all(client.readAll({ maxCount: 1 })).then(
        () => true,
        () => false,
      ),
    );
  }

  function append(stream: string, ids: readonly string[], expectedRevision: bigint | 'any' | 'no_stream' = ANY) {
    return client.appendToStream(stream, ids.map(event), { expectedRevision });
  }

  function written(stream: string): string[] {
    const events = standIn.events().filter((stored) => stored.stream === stream);
    return events.map(({ id }) => id);
  }

  describe('an append', () => {
    it('gives the revision and the position of its last event', async () => {
      const result = await append('import-1', newIds(2), NO_STREAM);
      const [, last] = standIn.events().filter(({ stream }) => stream === 'import-1');
      expect(last).to.include({ revision: 1n, position: result.position?.commit });
      expect(result).to.deep.include({ nextExpectedRevision: 1n, position: positionAt(last?.position) });
    });

    it('is stored as it was sent', async () => {
      const id = randomUUID();
      await client.appendToStream('import-é', jsonEvent({ id, type: 'Done', data: { n: 'ü' }, metadata: { m: 1 } }));
      const stored = { id, type: 'Done', stream: 'import-é', revision: 0n, data: '{"n":"ü"}', metadata: '{"m":1}' };
      expect(standIn.events().at(-1)).to.include({ ...stored, contentType: 'application/json' });
    });

    it('may come in several messages', async () => {
      const ids = newIds(20);
      await client.appendToStream('import-1', ids.map(event), { batchAppendSize: 200 });
      expect(written('import-1')).to.deep.equal(ids);
    });

    it('at another revision than expected fails, with both revisions', async () => {
      const none = await rejectionOf(append('import-1', newIds(1), 4n));
      expect(none).to.include({ type: 'wrong-expected-version', streamName: 'import-1' });
      expect(none).to.include({ expectedVersion: 4n, actualVersion: 'no_stream' });
      await append('import-1', newIds(3), NO_STREAM);
      expect(await rejectionOf(append('import-1', newIds(1), NO_STREAM))).to.include({
        type: 'wrong-expected-version',
        expectedVersion: 'no_stream',
        actualVersion: 2n,
      });
    });

    it('that expects a stream fails if there is none', async () => {
      const options = { expectedRevision: STREAM_EXISTS } as const;
      const error = await rejectionOf(client.appendToStream('import-1', event(), options));
      expect(error).to.include({ type: 'wrong-expected-version', actualVersion: 'no_stream' });
      await append('import-1', newIds(1));
      expect((await client.appendToStream('import-1', event(), options)).nextExpectedRevision).to.equal(1n);
    });

    it('of more than a MiB fails', async () => {
      const event = jsonEvent({ type: 'Large', data: { text: 'x'.repeat(1024 * 1024) } });
      const error = await rejectionOf(client.appendToStream('import-1', event));
      expect(error).to.include({ type: 'maximum-append-size-exceeded', maxAppendSize: 1024 * 1024 });
    });

    it('whose event id is no UUID fails with an error that the client does not know', async () => {
      const error = await rejectionOf(append('import-1', ['event-1']));
      expect(error).to.include({ type: 'unknown', message: 'Could not recognize BadRequest' });
      expect(written('import-1')).to.deep.equal([]);
    });

    it('to a deleted stream fails, as does reading it', async () => {
      await append('import-1', newIds(1));
      standIn.tombstone('import-1');
      expect(await rejectionOf(append('import-1', newIds(1)))).to.include({ type: 'stream-deleted' });
      expect(await rejectionOf(all(client.readStream('import-1')))).to.include({ type: 'stream-deleted' });
    });
  });

  describe('a repeated append', () => {
    let ids: string[];
    let first: AppendResult;

    beforeEach(async () => {
      ids = newIds(2);
      first = await append('import-1', ids, NO_STREAM);
      await append('import-1', newIds(1), 1n);
    });

    for (const expected of [NO_STREAM, ANY] as const) {
      it(`expecting ${expected} writes nothing and gives the first outcome again`, async () => {
        expect(await append('import-1', ids, expected)).to.deep.equal(first);
        expect(written('import-1')).to.have.length(3);
      });
    }

    it('of its first events alone gives their place', async () => {
      expect((await append('import-1', ids.slice(0, 1), NO_STREAM)).nextExpectedRevision).to.equal(0n);
    });

    it('expecting the current revision is written a second time', async () => {
      expect((await append('import-1', ids, 2n)).nextExpectedRevision).to.equal(4n);
      expect(written('import-1').slice(3)).to.deep.equal(ids);
    });

    it('in another stream is another append', async () => {
      expect((await append('import-2', ids, ANY)).nextExpectedRevision).to.equal(1n);
    });

    for (const expected of [NO_STREAM, ANY] as const) {
      it(`expecting ${expected}, with an event more, fails`, async () => {
        const error = await rejectionOf(append('import-1', [...ids, randomUUID()], expected));
        expect(error).to.include({ type: 'wrong-expected-version', actualVersion: 2n });
      });
    }

    it('is recognized after a restart if it expects a revision, and not if it expects anything', async () => {
      await restart();
      expect(await append('import-1', ids, NO_STREAM)).to.deep.equal(first);
      expect((await append('import-1', ids, ANY)).nextExpectedRevision).to.equal(4n);
    });
  });

  describe('an append that is repeated too soon', () => {
    it('is dropped without an answer, and is answered if it is repeated after the first is over', async () => {
      const ids = newIds(1);
      const answers: (AppendResult | 'none')[] = [];
      for (let n = 0; n < 8; n += 1) append('import-1', ids, NO_STREAM).then((answer) => answers.push(answer));
      await until('all are seen', () => standIn.calls.appends === 8);
      const again = await append('import-1', ids, NO_STREAM);
      expect(standIn.calls.dropped).to.be.at.least(1);
      expect(answers).to.have.length(8 - standIn.calls.dropped);
      for (const answer of answers) expect(answer).to.deep.equal(again);
      expect(written('import-1')).to.deep.equal(ids);
    });

    it('under another id learns at once that the stream exists', async () => {
      const outcomes = await Promise.allSettled([
        append('import-1', newIds(1), NO_STREAM),
        append('import-1', newIds(1), NO_STREAM),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    });
  });

  describe('a stream that was deleted softly', () => {
    let ids: string[];

    beforeEach(async () => {
      ids = newIds(2);
      await append('import-1', ids, NO_STREAM);
      standIn.deleteSoftly('import-1');
    });

    it('is not found, though $all still shows its events', async () => {
      expect(await rejectionOf(all(client.readStream('import-1')))).to.include({ type: 'stream-not-found' });
      expect(written('import-1')).to.deep.equal(ids);
    });

    it('goes on with its next revision when it is begun again, and has only that', async () => {
      const [id = ''] = newIds(1);
      expect((await append('import-1', [id], NO_STREAM)).nextExpectedRevision).to.equal(2n);
      const events = await all(client.readStream('import-1'));
      expect(events.map(({ event }) => [event?.id, event?.revision])).to.deep.equal([[id, 2n]]);
      expect(await rejectionOf(append('import-1', newIds(1), NO_STREAM))).to.include({ actualVersion: 2n });
    });

    it('recognizes an earlier append as a repeated one', async () => {
      expect((await append('import-1', ids, NO_STREAM)).nextExpectedRevision).to.equal(1n);
      expect(await rejectionOf(all(client.readStream('import-1')))).to.include({ type: 'stream-not-found' });
    });
  });

  describe('a server that', () => {
    for (const [what, options] of Object.entries({
      'has no BatchAppend': { batchAppend: false, version: '21.6.0' },
      'cannot say what it supports': { serverFeatures: false },
    })) {
      it(`${what} is appended to call by call`, async () => {
        await open(options);
        const ids = newIds(2);
        const first = await append('import-1', ids, NO_STREAM);
        expect(await append('import-1', ids, NO_STREAM)).to.deep.equal(first);
        expect(await rejectionOf(append('import-1', newIds(1), NO_STREAM))).to.include({
          type: 'wrong-expected-version',
          expectedVersion: 'no_stream',
          actualVersion: 1n,
        });
        standIn.tombstone('import-1');
        expect(await rejectionOf(append('import-1', newIds(1)))).to.include({ type: 'stream-deleted' });
        const large = jsonEvent({ type: 'Large', data: { text: 'x'.repeat(1024 * 1024) } });
        const error = await rejectionOf(client.appendToStream('import-2', large));
        expect(error).to.include({ type: 'maximum-append-size-exceeded', maxAppendSize: 1024 * 1024 });
      });
    }
  });

  describe('a read', () => {
    it('of a stream goes either way, from a revision and up to a count', async () => {
      const ids = newIds(5);
      await append('import-1', ids);
      expect(idsOf(await all(client.readStream('import-1')))).to.deep.equal(ids);
      const middle = await all(client.readStream('import-1', { fromRevision: 1n, maxCount: 2 }));
      expect(idsOf(middle)).to.deep.equal(ids.slice(1, 3));
      const last = await all(client.readStream('import-1', { direction: BACKWARDS, fromRevision: END, maxCount: 2 }));
      expect(idsOf(last)).to.deep.equal([ids[4], ids[3]]);
      const back = await all(client.readStream('import-1', { direction: BACKWARDS, fromRevision: 1n }));
      expect(idsOf(back)).to.deep.equal([ids[1], ids[0]]);
      expect(await all(client.readStream('import-1', { fromRevision: 5n }))).to.deep.equal([]);
    });

    it('of a stream that is not there fails', async () => {
      expect(await rejectionOf(all(client.readStream('import-1')))).to.include({ type: 'stream-not-found' });
    });

    it('of $all from a position gives the event there only forwards, and earlier events backwards', async () => {
      await append('import-1', newIds(5));
      const positions = standIn.events().map(({ position }) => position);
      const fromPosition = positionAt(positions.at(-3));
      expect(positionsOf(await all(client.readAll({ fromPosition })))).to.deep.equal(positions.slice(-3));
      const back = await all(client.readAll({ fromPosition, direction: BACKWARDS, maxCount: 2 }));
      expect(positionsOf(back)).to.deep.equal([positions.at(-4), positions.at(-5)]);
      const last = await all(client.readAll({ fromPosition: END, direction: BACKWARDS, maxCount: 1 }));
      expect(positionsOf(last)).to.deep.equal(positions.slice(-1));
    });

    it('of $all may be filtered, even backwards, where the server skips events of others', async () => {
      const ids = newIds(2);
      await append('import-1', ids);
      standIn.appendForeign('other-1', 1_000);
      const { responses } = standIn.calls;
      const request = new streams.ReadReq.Options()
        .setAll(new streams.ReadReq.Options.AllOptions().setEnd(new shared.Empty()))
        .setReadDirection(streams.ReadReq.Options.ReadDirection.BACKWARDS)
        .setCount('1')
        .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()))
        .setFilter(
          new streams.ReadReq.Options.FilterOptions()
            .setStreamIdentifier(new streams.ReadReq.Options.FilterOptions.Expression().setPrefixList(['import-']))
            .setMax(500),
        );
      const { port } = standIn;
      const grpc = new StreamsClient(`127.0.0.1:${port}`, credentials.createInsecure());
      const read: streams.ReadResp[] = await all(grpc.read(new streams.ReadReq().setOptions(request)));
      grpc.close();
      expect(read.map((each) => each.getEvent()?.getEvent()?.getId()?.getString())).to.deep.equal([ids[1]]);
      expect(standIn.calls.responses - responses).to.equal(1);
    });

    it('of $all from between two events is refused', async () => {
      const { position = { commit: 0n } } = await append('import-1', newIds(2));
      const error = await rejectionOf(all(client.readAll({ fromPosition: positionAt(position.commit - 1n) })));
      expect(error.message).to.contain('invalid position');
    });

    it('of $all gives system events too, at positions that have gaps', async () => {
      const before = positionsOf(await all(client.readAll()));
      expect((before[0] ?? 0n) > 0n).to.equal(true);
      await append('import-1', newIds(1));
      standIn.appendForeign('$stats-1', 2);
      const events = await all(client.readAll());
      expect(events.slice(before.length).map((each) => each.event?.streamId)).to.deep.equal([
        'import-1',
        '$stats-1',
        '$stats-1',
      ]);
      const gaps = positionsOf(events).map((position, index, positions) => position - (positions[index - 1] ?? 0n));
      expect(gaps.every((gap) => gap > 1n)).to.equal(true);
    });
  });

  describe('a subscription to $all', () => {
    it('begins after its position and gives what its stream name filter lets through, including tombstones', async () => {
      const first = await append('import-1', newIds(1));
      const ids = newIds(2);
      await append('other-1', newIds(1));
      await append('import-2', ids.slice(0, 1));
      standIn.appendForeign('$stats-1');
      await append('user-1', ids.slice(1));
      standIn.tombstone('import-1');
      const filter = streamNameFilter({ prefixes: ['import-', 'user-'] });
      const followed = follow(client.subscribeToAll({ fromPosition: first.position ?? 'start', filter }));
      await until('all are there', () => followed.events.length === 3);
      expect(idsOf(followed.events.slice(0, 2))).to.deep.equal(ids);
      expect(followed.events[2]?.event).to.include({ type: '$streamDeleted', revision: 0x7fffffffffffffffn });
    });

    it('gives what its event type filter lets through', async () => {
      const ids = newIds(1);
      await append('import-1', ids);
      const regex = follow(client.subscribeToAll({ filter: excludeSystemEvents() }));
      const prefix = follow(client.subscribeToAll({ filter: eventTypeFilter({ prefixes: ['$stats'] }) }));
      await until('both are level', () => regex.caughtUp + prefix.caughtUp === 2);
      expect(idsOf(regex.events)).to.deep.equal(ids);
      expect(prefix.events.map((each) => each.event?.type)).to.deep.equal(['$statsCollected']);
    });

    it('gives the existing events, says that it has caught up, and gives new ones', async () => {
      const ids = newIds(101);
      await append('import-1', ids.slice(0, 100));
      const followed = follow(client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['import-'] }) }));
      await until('it has caught up', () => followed.caughtUp > 0);
      await append('import-1', ids.slice(100));
      await until('all are there', () => followed.events.length === 101);
      expect(idsOf(followed.events)).to.deep.equal(ids);
      expect(followed.log.indexOf('caughtUp')).to.equal(100);
    });

    it('from the end gives only new events', async () => {
      await append('import-1', newIds(3));
      const followed = follow(client.subscribeToAll({ fromPosition: END }));
      await until('it is level', () => followed.caughtUp > 0);
      const ids = newIds(1);
      await append('import-1', ids);
      await until('it is there', () => followed.events.length === 1);
      expect(idsOf(followed.events)).to.deep.equal(ids);
    });

    it('gives everything to many at once while appends go on', async () => {
      const filter = streamNameFilter({ prefixes: ['import-'] });
      const followers = [1, 2, 3].map(() => follow(client.subscribeToAll({ filter })));
      const ids = newIds(300);
      await Promise.all(ids.map((id, index) => append(`import-${index % 10}`, [id])));
      for (const followed of followers) {
        await until('all are there', () => followed.events.length === ids.length);
        expect(positionsOf(followed.events)).to.deep.equal(
          standIn
            .events()
            .filter(({ stream }) => stream.startsWith('import-'))
            .map(({ position }) => position),
        );
      }
    });

    it('that stalls again and again leaves nothing out', async () => {
      const filter = streamNameFilter({ prefixes: ['import-'] });
      const followed = follow(client.subscribeToAll({ filter }));
      const ids = newIds(600);
      for (const [index, id] of ids.entries()) {
        standIn.faults.stallSubscriptions = index % 40 < 35;
        await append('import-1', [id]);
      }
      standIn.faults.clear();
      await until('the last is there', () => followed.events.at(-1)?.event?.id === ids.at(-1));
      expect(idsOf(followed.events)).to.deep.equal(ids);
      expect(followed.caughtUp).to.be.above(1);
    });

    it('has a checkpoint after a number of events, including those of others', async () => {
      standIn.appendForeign('other-1', 100);
      const checkpoints: Position[] = [];
      const filter = streamNameFilter({
        prefixes: ['import-'],
        maxSearchWindow: 8,
        checkpointInterval: 2,
        checkpointReached: (_, position) => void checkpoints.push(position),
      });
      const followed = follow(client.subscribeToAll({ filter }));
      await until('it has caught up', () => followed.caughtUp > 0);
      expect(checkpoints).to.have.length(7);
      standIn.appendForeign('other-1', 32);
      await until('checkpoints of live events', () => checkpoints.length === 9);
      const last = standIn.events().at(-1)?.position;
      expect(checkpoints.at(-1)).to.deep.equal(positionAt(last));
    });

    it('whose last page was full has a checkpoint where the next event will be, and resumes there without leaving it out', async () => {
      standIn.appendForeign('other-1', 32 - standIn.events().length - 1);
      const checkpoints: Position[] = [];
      const checkpointReached = (_: unknown, position: Position) => void checkpoints.push(position);
      const filter = streamNameFilter({ prefixes: ['import-'], checkpointReached });
      const followed = follow(client.subscribeToAll({ filter }));
      await until('it has caught up', () => followed.caughtUp > 0);
      const [checkpoint] = checkpoints.slice(-1);
      const { position } = await append('import-1', newIds(1));
      expect(checkpoint).to.deep.equal({ commit: position?.commit, prepare: 0n });
      const resumed = follow(client.subscribeToAll({ filter, fromPosition: checkpoint ?? 'start' }));
      await until('the event is there', () => resumed.events.length === 1);
    });

    it('passes 20,000 events of others, with checkpoints on the way, and has caught up then', async () => {
      standIn.appendForeign('other-1', 20_000);
      let checkpoints = 0;
      const filter = streamNameFilter({ prefixes: ['import-'], checkpointReached: () => void checkpoints++ });
      const followed = follow(client.subscribeToAll({ filter }));
      await until('it has caught up', () => followed.caughtUp > 0);
      expect([followed.events.length, checkpoints]).to.deep.equal([0, 626]);
    });

    it('gets no more than its consumer takes, and loses nothing', async () => {
      const count = 4000;
      standIn.appendForeign('import-1', count);
      const subscription = client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['import-'] }) });
      let events = 0;
      for await (const _ of subscription) {
        events += 1;
        if (events === 1) {
          const sent = await untilQuiet(() => standIn.calls.responses);
          expect(sent).to.be.below(count / 2);
        }
        if (events === count) break;
      }
    });
  });

  describe('a fault', () => {
    it('before an append that drops the connection: the append fails and is not written', async () => {
      standIn.faults.beforeAppend = times(1, 'drop');
      expect(await rejectionOf(append('import-1', newIds(1)))).to.include({ type: 'unavailable' });
      expect(written('import-1')).to.deep.equal([]);
      expect((await append('import-1', newIds(1))).nextExpectedRevision).to.equal(0n);
    });

    it('after an append that drops the connection: the append fails and is written', async () => {
      standIn.faults.afterAppend = times(1, 'drop');
      const ids = newIds(1);
      expect(await rejectionOf(append('import-1', ids, NO_STREAM))).to.include({ type: 'unavailable' });
      expect(written('import-1')).to.deep.equal(ids);
      expect((await append('import-1', ids, NO_STREAM)).nextExpectedRevision).to.equal(0n);
      expect(standIn.calls.appends).to.equal(2);
    });

    for (const [name, count] of [
      ['beforeAppend', 0],
      ['afterAppend', 1],
    ] as const) {
      it(`${name} that hangs: the append has no answer, others go on`, async () => {
        standIn.faults[name] = times(1, 'hang');
        let isSettled = false;
        const hanging = append('import-1', newIds(1)).finally(() => {
          isSettled = true;
        });
        hanging.catch(() => {});
        await until('it was seen', () => standIn.calls.appends === 1);
        await append('import-2', newIds(1));
        expect(isSettled).to.equal(false);
        expect(written('import-1')).to.have.length(count);
      });
    }

    it('lasts until it is cleared', async () => {
      standIn.faults.unavailable = true;
      for (const _ of [1, 2, 3]) {
        expect(await rejectionOf(append('import-1', newIds(1)))).to.include({ type: 'unavailable' });
      }
      standIn.faults.clear();
      await append('import-1', newIds(1));
    });

    it('notReady refuses appends with an error that the client does not know, and reads as unavailable', async () => {
      standIn.faults.notReady = true;
      const error = await rejectionOf(append('import-1', newIds(1)));
      expect(error).to.include({ type: 'unknown', message: 'Could not recognize Server Is Not Ready' });
      expect(await rejectionOf(all(client.readAll()))).to.include({ type: 'unavailable' });
    });

    it('notLeader fails an append and sends the client to the leader', async () => {
      const leader = await another();
      standIn.faults.notLeader = { address: '127.0.0.1', port: leader.port };
      expect(await rejectionOf(append('import-1', newIds(1)))).to.include({ type: 'not-leader' });
      const ids = newIds(1);
      await append('import-1', ids);
      expect(leader.events().at(-1)).to.include({ id: ids[0], stream: 'import-1' });
    });

    it('hangReads leaves reads without an answer', async () => {
      await append('import-1', newIds(1));
      standIn.faults.hangReads = times(1, true);
      const hanging = follow(client.readAll());
      await until('it was seen', () => standIn.calls.reads === 1);
      expect(await all(client.readStream('import-1'))).to.have.length(1);
      expect(hanging.log).to.deep.equal([]);
    });

    it('dropSubscriptions ends them with an error', async () => {
      const followed = follow(client.subscribeToAll());
      await until('it has caught up', () => followed.caughtUp > 0);
      standIn.faults.dropSubscriptions();
      await until('it has failed', () => followed.error);
      expect(followed.error).to.include({ type: 'unavailable' });
    });

    it('stallSubscriptions stops their flow while all else goes on', async () => {
      const followed = follow(client.subscribeToAll());
      await until('it has caught up', () => followed.caughtUp > 0);
      const before = followed.events.length;
      standIn.faults.stallSubscriptions = true;
      await append('import-1', newIds(3));
      expect(await all(client.readStream('import-1'))).to.have.length(3);
      expect(followed.events).to.have.length(before);
      standIn.faults.clear();
      await until('all are there', () => followed.events.length === before + 3);
    });

    it('isPaused stops everything while connections live, and all goes on afterwards', async () => {
      await append('import-1', newIds(1));
      const followed = follow(client.subscribeToAll());
      await until('it has caught up', () => followed.caughtUp > 0);
      const seen = followed.events.length;
      standIn.faults.isPaused = true;
      const calls = [append('import-2', newIds(1)), append('import-2', newIds(1)), all(client.readStream('import-1'))];
      let settled = 0;
      for (const call of calls) call.finally(() => (settled += 1)).catch(() => {});
      standIn.appendForeign('others-1');
      await untilQuiet(() => standIn.calls.responses);
      expect([settled, followed.events.length]).to.deep.equal([0, seen]);
      standIn.faults.isPaused = false;
      await Promise.all(calls);
      await until('all are there', () => followed.events.length === seen + 3);
    });

    it('checkpointsAhead sends checkpoints beyond events that come only afterwards', async () => {
      standIn.faults.checkpointsAhead = true;
      await append('import-1', newIds(3));
      let seen = 0;
      const ahead: number[] = [];
      const filter = streamNameFilter({ prefixes: ['import-'], checkpointReached: () => void ahead.push(seen) });
      for await (const _ of client.subscribeToAll({ filter })) {
        seen += 1;
        if (seen === 3) break;
      }
      expect(ahead[0]).to.equal(0);
    });
  });

  for (const accepted of ['identity,deflate,gzip', 'identity'] as const) {
    it(`sends messages ${accepted === 'identity' ? 'plain' : 'zipped'} to a client that takes ${accepted}`, async () => {
      const session = connectHttp2(`http://127.0.0.1:${standIn.port}`);
      const request = session.request({
        ':method': 'POST',
        ':path': ServerFeaturesService.getSupportedMethods.path,
        'content-type': 'application/grpc',
        'grpc-accept-encoding': accepted,
        te: 'trailers',
      });
      request.end(Buffer.alloc(5));
      const [headers] = await once(request, 'response');
      const [message] = await once(request, 'data');
      session.close();
      const isZipped = accepted !== 'identity';
      expect([headers['grpc-encoding'], message[0]]).to.deep.equal(isZipped ? ['gzip', 1] : ['identity', 0]);
    });
  }

  describe('its connections', () => {
    it('are closed when it stops, and calls under way fail; after a restart, it has what was acknowledged', async () => {
      const followed = follow(client.subscribeToAll());
      await until('it has caught up', () => followed.caughtUp > 0);
      const ids = newIds(1);
      await append('import-1', ids);
      standIn.faults.beforeAppend = times(1, 'hang');
      const inFlight = rejectionOf(append('import-1', newIds(1)));
      await until('it was seen', () => standIn.calls.appends === 2);
      await standIn.stop();
      expect(await inFlight).to.include({ type: 'unavailable' });
      await until('the subscription has failed', () => followed.error);
      await restart();
      expect(idsOf(await all(client.readStream('import-1')))).to.deep.equal(ids);
    });

    it('are secure, and open to its credentials alone', async () => {
      await open({ tls: true, credentials: { username: 'admin', password: 'ch@nge:it' } });
      await append('import-1', newIds(1));
      expect(await all(client.readStream('import-1'))).to.have.length(1);
      for (const [url, code] of [
        [standIn.url.replace(/\/\/[^@]*@/, '//admin:wrong@'), 16],
        [standIn.url.replace(/\/\/[^@]*@/, '//'), 7],
      ] as const) {
        client = connect(url);
        expect(await rejectionOf(append('import-1', newIds(1)))).to.include({ type: 'access-denied', code });
        expect(await rejectionOf(all(client.readStream('import-1')))).to.include({ type: 'access-denied', code });
      }
    });

    it('are found by asking any member for the leader', async () => {
      const follower = await another();
      const members = [
        { address: '127.0.0.1', port: follower.port, state: 'FOLLOWER' },
        { address: '127.0.0.1', port: standIn.port, state: 'LEADER' },
      ] as const;
      follower.gossip = members;
      standIn.gossip = members;
      for (const url of [
        `esdb+discover://127.0.0.1:${follower.port}?tls=false`,
        `esdb://127.0.0.1:${follower.port},127.0.0.1:${standIn.port}?tls=false`,
      ]) {
        client = connect(url);
        const ids = newIds(1);
        await append('import-1', ids);
        expect(written('import-1').slice(-1)).to.deep.equal(ids);
      }
    });
  });
});

function newIds(count: number): string[] {
  return Array.from({ length: count }, () => randomUUID());
}

function event(id: string = randomUUID()) {
  return jsonEvent({ id, type: 'ImportRequested', data: { n: 1 }, metadata: { m: 1 } });
}

function positionAt(position = 0n): Position {
  return { commit: position, prepare: position };
}

function idsOf(events: readonly Resolved[]): (string | undefined)[] {
  return events.map(({ event }) => event?.id);
}

function positionsOf(events: readonly AllStreamResolvedEvent[]): bigint[] {
  return events.map(({ event }) => event?.position.commit ?? 0n);
}

async function all<T>(read: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const each of read) events.push(each);
  return events;
}

/** What a subscription has given so far. `log` has each event and each `caughtUp`, in order. */
function follow(subscription: AllStreamSubscription | ReturnType<EventStoreDBClient['readAll']>) {
  const followed = {
    log: [] as (AllStreamResolvedEvent | 'caughtUp')[],
    caughtUp: 0,
    error: undefined as Error | undefined,
    get events() {
      return followed.log.filter((each) => each !== 'caughtUp');
    },
  };
  subscription.on('data', (event: AllStreamResolvedEvent) => void followed.log.push(event));
  subscription.on('error', (error: Error) => {
    followed.error = error;
  });
  (subscription as AllStreamSubscription).on('caughtUp', () => {
    followed.log.push('caughtUp');
    followed.caughtUp += 1;
  });
  return followed;
}

/** The value after it has stayed the same for a while. */
async function untilQuiet(value: () => number): Promise<number> {
  let [last, since] = [value(), performance.now()];
  return until('it stays the same', () => {
    if (value() !== last) [last, since] = [value(), performance.now()];
    return performance.now() - since > 100 ? last : undefined;
  });
}
