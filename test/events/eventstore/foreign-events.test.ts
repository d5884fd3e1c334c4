import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import { times } from '../../support/eventstore/faults.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';
import { newEvent, newStream } from '../new-event.ts';
import { Fixture, follow, idsOf, newEvents, SHORT_BOUNDS } from './fixture.ts';

describe('events of another application in streams with our names', () => {
  const fixture = new Fixture();
  let server: StandIn;
  let log: EventLog;
  let counted: number;
  let stream: string;

  beforeEach(async () => {
    server = await fixture.start();
    counted = 0;
    log = await fixture.open(server.url, {
      onForeign: () => {
        counted += 1;
      },
    });
    stream = newStream();
  });

  /** Appends one event of ours, and gives its id. */
  async function ours(to = stream, expected: number | 'no_stream' = 'no_stream') {
    const event = newEvent();
    const { revision } = await log.append(to, [event], expected);
    return { id: event.id, revision };
  }

  it('are no part of the log, whichever way it is read', async () => {
    server.appendForeign('import-1', 3);
    const { id } = await ours();
    server.appendForeign('operations', 3);
    server.appendForeign('user-1', 40);
    const [event] = await log.readAll(0n, 100);
    expect(idsOf(await log.readAll(0n, 100))).to.deep.equal([id]);
    expect(await log.head()).to.equal(event?.position);
    expect(idsOf(await follow(log, 0n, 1))).to.deep.equal([id]);
    expect(await log.readStream('import-1')).to.deep.equal([]);
    expect(await log.readStream('operations')).to.deep.equal([]);
    await log.close();
    log = await fixture.open(server.url);
    expect(await log.head()).to.equal(event?.position);
  });

  it('do not keep a follower from being level, nor others from seeing that', async () => {
    server.appendForeign('import-1', 100);
    for await (const page of log.follow(0n, new AbortController().signal)) {
      expect(page).to.deep.equal([]);
      break;
    }
  });

  it('are counted once each, though followers begin again, and said once', async () => {
    for (let round = 1; round <= 3; round += 1) {
      server.appendForeign('import-1', 2);
      await ours(newStream());
      await follow(log, 0n, round);
      expect(counted).to.equal(2 * round);
    }
    expect(fixture.warnings).to.deep.equal([
      'Another application writes to streams with our names, such as SomethingForeign to import-1. Its events are counted and passed ' +
        'over. EVENTSTORE_STREAM_PREFIX gives ours other names (this is said at most once an hour).',
    ]);
  });

  it('cost a search for the head nothing once a follower has passed over them', async () => {
    await ours();
    await log.head();
    const following = log.follow(0n, new AbortController().signal)[Symbol.asyncIterator]();
    await following.next();
    const next = following.next();
    server.appendForeign('import-1', 30);
    await until('they are passed over', () => counted === 30);
    const { responses } = server.calls;
    await log.head();
    expect(server.calls.responses - responses).to.be.at.most(4);
    await next;
    await following.return?.();
  });

  describe('in a stream that has ours, too', () => {
    it('leave their revisions out, and a limit counts ours', async () => {
      const first = await ours();
      server.appendForeign(stream, 5);
      const second = await ours(stream, 0);
      server.appendForeign(stream, 5);
      const third = await ours(stream, 6);
      expect([first, second, third].map(({ revision }) => revision)).to.deep.equal([0, 6, 12]);
      const read = async (from: number, limit?: number) => idsOf(await log.readStream(stream, from, limit));
      expect(await read(0)).to.deep.equal([first.id, second.id, third.id]);
      expect(await read(1)).to.deep.equal([second.id, third.id]);
      expect(await read(0, 2)).to.deep.equal([first.id, second.id]);
      expect(await read(2, 1)).to.deep.equal([second.id]);
      expect(await read(7, 2)).to.deep.equal([third.id]);
      expect(await read(13)).to.deep.equal([]);
    });

    it('let an append come behind them that expects no stream', async () => {
      server.appendForeign(stream, 2);
      const { id, revision } = await ours();
      expect(revision).to.equal(2);
      expect(idsOf(await log.readStream(stream))).to.deep.equal([id]);
    });

    it('let no append overtake another of ours', async () => {
      server.appendForeign(stream);
      await ours();
      server.appendForeign(stream);
      expect(await rejectionOf(ours(stream, 'no_stream'))).to.include({ code: 'wrong_expected_revision', actual: 2 });
      expect(await rejectionOf(ours(stream, 0))).to.include({ code: 'wrong_expected_revision', actual: 2 });
      const tries = Array.from({ length: 10 }, () => ours(stream, 1));
      const outcomes = await Promise.allSettled(tries);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
      expect(await log.readStream(stream)).to.have.length(2);
    });

    it('let a repeated append be the first one, although they are before it and between', async () => {
      const event = newEvent();
      server.appendForeign(stream);
      const first = await log.append(stream, [event], 'no_stream');
      server.appendForeign(stream);
      expect(await log.append(stream, [event], 'no_stream')).to.deep.equal(first);
      const both = await Promise.all(
        [0, 1].map(() => log.append(stream, newEvents(1), first.revision).catch(() => null)),
      );
      expect(both.filter((each) => each === null)).to.have.length(1);
      expect(await log.readStream(stream)).to.have.length(2);
    });

    it('let an append without an answer be found behind them', async () => {
      server.appendForeign(stream);
      let sent = 0;
      const onAppend = () => {
        sent += 1;
        if (sent === 2) server.faults.afterAppend = times(1, 'hang');
      };
      const other = await fixture.open(server.url, { bounds: SHORT_BOUNDS, onAppend });
      const event = newEvent();
      expect((await other.append(stream, [event], 'no_stream')).revision).to.equal(1);
      expect(idsOf(await log.readStream(stream))).to.deep.equal([event.id]);
    });

    it('let no append overtake events that are gone from the stream', async () => {
      await ours();
      await ours(stream, 0);
      server.deleteSoftly(stream);
      expect(await rejectionOf(ours(stream, 0))).to.include({ code: 'wrong_expected_revision', actual: 1 });
    });
  });

  it('cost a read of a stream without them no second request, and a conflict one', async () => {
    for (let n = 0; n < 3; n += 1) await ours(stream, n === 0 ? 'no_stream' : n - 1);
    const reads = async (work: () => Promise<unknown>) => {
      const before = server.calls.reads;
      await work();
      return server.calls.reads - before;
    };
    expect(await reads(() => log.readStream(stream))).to.equal(1);
    expect(await reads(() => log.readStream(stream, 1, 2))).to.equal(1);
    expect(await reads(() => rejectionOf(ours(stream)))).to.equal(1);
    expect(await reads(() => ours(newStream()))).to.equal(0);
  });
});
