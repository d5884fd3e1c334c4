import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  ANY,
  type AppendResult,
  EventStoreDBClient,
  jsonEvent,
  NO_STREAM,
  type Position,
  streamNameFilter,
} from '@eventstore/db-client';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { expect } from 'chai';
import { rejectionOf } from '../rejection-of.ts';
import { until } from '../until.ts';
import { type StandIn, startStandIn, times } from './stand-in.ts';

type Resolved = { readonly event?: { readonly id: string } };

/**
 * What makes the stand-in as rude as the server, through the real client. The tests of the log in `test/events/eventstore`, which
 * use it, fail without the rest of what it does.
 */
describe('the stand-in for EventStoreDB', () => {
  let standIn: StandIn;
  let client: EventStoreDBClient;

  beforeEach(async () => {
    standIn = await startStandIn();
    client = EventStoreDBClient.connectionString(standIn.url);
  });

  afterEach(async () => {
    await client.dispose();
    await standIn.stop();
  });

  function append(stream: string, ids: readonly string[], expectedRevision: bigint | 'any' | 'no_stream' = ANY) {
    return client.appendToStream(stream, ids.map(event), { expectedRevision });
  }

  function written(stream: string): string[] {
    const events = standIn.events().filter((stored) => stored.stream === stream);
    return events.map(({ id }) => id);
  }

  it('refuses an append whose event id is no UUID with an error that the client does not know', async () => {
    const error = await rejectionOf(append('import-1', ['event-1']));
    expect(error).to.include({ type: 'unknown', message: 'Could not recognize BadRequest' });
    expect(written('import-1')).to.deep.equal([]);
  });

  describe('a repeated append', () => {
    let ids: string[];
    let first: AppendResult;

    beforeEach(async () => {
      ids = newIds(2);
      first = await append('import-1', ids, NO_STREAM);
      await append('import-1', newIds(1), 1n);
    });

    it('expecting anything writes nothing and gives the first outcome again', async () => {
      expect(await append('import-1', ids, ANY)).to.deep.equal(first);
      expect(written('import-1')).to.have.length(3);
    });

    it('expecting the current revision is written a second time', async () => {
      expect((await append('import-1', ids, 2n)).nextExpectedRevision).to.equal(4n);
      expect(written('import-1').slice(3)).to.deep.equal(ids);
    });

    it('in another stream is another append', async () => {
      expect((await append('import-2', ids, ANY)).nextExpectedRevision).to.equal(1n);
    });

    it('is recognized after a restart if it expects a revision, and not if it expects anything', async () => {
      await standIn.stop();
      await standIn.start();
      // The first calls of the client may still use the closed connection.
      await until('the client is connected again', () => all(client.readStream('import-1')).catch(() => null));
      expect(await append('import-1', ids, NO_STREAM)).to.deep.equal(first);
      expect((await append('import-1', ids, ANY)).nextExpectedRevision).to.equal(4n);
    });
  });

  it('drops a repeated append that comes too soon without an answer, and answers it if it is repeated after the first is over', async () => {
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

  it('recognizes a repeated append although the stream was deleted softly in between', async () => {
    const ids = newIds(2);
    await append('import-1', ids, NO_STREAM);
    standIn.deleteSoftly('import-1');
    expect((await append('import-1', ids, NO_STREAM)).nextExpectedRevision).to.equal(1n);
    expect(await rejectionOf(all(client.readStream('import-1')))).to.include({ type: 'stream-not-found' });
    expect(written('import-1')).to.deep.equal(ids);
  });

  it('has system events from its beginning, and gaps between positions', async () => {
    standIn.appendForeign('import-1', 2);
    const events = standIn.events();
    expect(events[0]?.stream).to.match(/^\$/);
    const gaps = events.map(({ position }, index) => position - (events[index - 1]?.position ?? 0n));
    expect(gaps.every((gap) => gap > 1n)).to.equal(true);
  });

  describe('a subscription to $all', () => {
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

    it('has checkpoints after events that come only later, if the test asks for them', async () => {
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

  it('writes an append and does not answer it while it answers others, or drops its connection, as the test asks', async () => {
    const [silent, dropped] = [newIds(1), newIds(1)];
    standIn.faults.afterAppend = times(1, 'hang');
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    append('import-1', silent).then(settle, settle);
    await until('it is written', () => written('import-1').length === 1);
    await append('import-2', newIds(1));
    expect(isSettled).to.equal(false);
    standIn.faults.afterAppend = times(1, 'drop');
    expect(await rejectionOf(append('import-1', dropped))).to.include({ type: 'unavailable' });
    expect(written('import-1')).to.deep.equal([...silent, ...dropped]);
  });

  it('refuses appends while it is not ready with an error that the client does not know, and reads as unavailable', async () => {
    standIn.faults.notReady = true;
    const error = await rejectionOf(append('import-1', newIds(1)));
    expect(error).to.include({ type: 'unknown', message: 'Could not recognize Server Is Not Ready' });
    expect(await rejectionOf(all(client.readStream('import-1')))).to.include({ type: 'unavailable' });
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

async function all<T>(read: AsyncIterable<T>): Promise<T[]> {
  const events: T[] = [];
  for await (const each of read) events.push(each);
  return events;
}

/** What a subscription has given so far. */
function follow(subscription: AllStreamSubscription) {
  const followed = { events: [] as AllStreamResolvedEvent[], caughtUp: 0 };
  subscription.on('data', (event: AllStreamResolvedEvent) => void followed.events.push(event));
  subscription.on('error', () => {});
  subscription.on('caughtUp', () => {
    followed.caughtUp += 1;
  });
  return followed;
}
