import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { LogUnavailable } from '../../../src/events/errors.ts';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { TurnsWithin } from '../../../src/http/limits/turns-within.ts';
import type { Reading, Stretch } from '../../../src/subscribers/feed/feed.ts';
import { SharedFeed } from '../../../src/subscribers/feed/shared-feed.ts';
import { beginningOf, endOf, type Place } from '../../../src/subscribers/place.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../../support/events.ts';
import { countingTurns } from '../../support/loop-turns.ts';
import { MemoryLog } from '../../support/memory-log.ts';
import { NAMING, webhookDisabled } from '../../support/public-events.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';

const SUBJECT = '3d172b54-f40f-4df9-9342-0b042fac5382';
const OTHERS = '11111111-1111-4111-8111-111111111111';

describe('the shared feed', () => {
  let log: MemoryLog;
  let feed: SharedFeed;
  let troubles: unknown[];
  let signal: AbortSignal;
  const never = new AbortController().signal;
  const reading = (further: Partial<Reading> = {}): Reading => ({
    scope: METADATA.organization_id,
    reader: 'user:1',
    waitMs: 0,
    signal,
    ...further,
  });
  const append = (count = 1, stream = `import-${SUBJECT}`, organization = METADATA.organization_id) =>
    log.append(
      stream,
      Array.from({ length: count }, () => newEvent(IMPORT_REQUESTED, { organization_id: organization })),
    );
  const idsIn = ({ events }: Stretch) => events.map(({ event }) => event.id);
  /** Reads from a place until it is level. */
  const all = async (from: Place, further: Partial<Reading> = {}) => {
    const ids: string[] = [];
    for (let place = from; ; ) {
      const stretch = await feed.read(place, reading(further));
      ids.push(...idsIn(stretch));
      place = stretch.to;
      if (stretch.isLevel && place.position === BigInt(log.events.length)) return ids;
    }
  };

  beforeEach(() => {
    log = new MemoryLog();
    troubles = [];
    signal = never;
    const turns = new TurnsWithin();
    feed = new SharedFeed({
      log,
      naming: NAMING,
      inTurn: (scope, reader, work) => turns.run(scope ?? 'all', reader, work),
      onTrouble: (error) => troubles.push(error),
    });
  });

  afterEach(() => feed.close());

  it('reads the log once for all who are level', async () => {
    const from = await feed.end();
    const waiting = Array.from({ length: 1_000 }, (_, index) =>
      feed.read(from, reading({ reader: `user:${index}`, waitMs: 10_000 })),
    );
    await append(3);
    const stretches = await Promise.all(waiting);
    expect(new Set(stretches)).to.have.property('size', 1);
    expect(idsIn(stretches[0] as Stretch)).to.deep.equal(log.events.map(({ id }) => id));
    expect(log.readings).to.deep.equal({ all: 0, ofStreams: 0, follows: 1 });
  });

  it('wakes many who wait in several turns of the event loop', async () => {
    const from = await feed.end();
    const wokenInTurn = new Map<number, number>();
    await countingTurns(async (turn) => {
      const waiting = Array.from({ length: 1_000 }, async () => {
        await feed.read(from, reading({ waitMs: 10_000 }));
        wokenInTurn.set(turn(), (wokenInTurn.get(turn()) ?? 0) + 1);
      });
      await append();
      await Promise.all(waiting);
    });
    expect(Math.max(...wokenInTurn.values())).to.be.below(150);
  });

  it('gives each event once and in order to who is behind, until it is level', async () => {
    await append(6_000);
    await append(10, 'import-other', OTHERS);
    await feed.end();
    await append(20);
    const own = log.events.filter(({ metadata }) => !metadata.includes(OTHERS)).map(({ id }) => id);
    expect(await all(beginningOf(log))).to.deep.equal(own);
    expect(await all(beginningOf(log), { scope: null })).to.deep.equal(log.events.map(({ id }) => id));
    expect(log.readings.all).to.be.above(10);
  });

  it('shows only operators what became of an endpoint that sees everything, also to who is behind', async () => {
    const { type, data } = webhookDisabled('everything');
    const metadata = JSON.stringify({ ...METADATA });
    await log.append(`webhook-${SUBJECT}`, [{ id: randomUUID(), type, data, metadata }]);
    expect(await all(beginningOf(log))).to.deep.equal([]);
    expect(await all(beginningOf(log), { scope: null })).to.have.length(1);
  });

  it('reads nothing again for who goes on from a place that it still has', async () => {
    const from = await feed.end();
    await append(3_000);
    await until('it has them', async () => (await feed.end()).position === 3_000n);
    expect(await all(from)).to.have.length(3_000);
    expect(log.readings.all).to.equal(0);
  });

  it('lets readers that are behind take turns, and leaves a turn of the event loop to others before each', async () => {
    await append(10_000, 'import-other', OTHERS);
    await feed.end();
    const order: string[] = [];
    const { readAll } = log;
    const readInTurns: number[] = [];
    await countingTurns(async (turn) => {
      log.readAll = (...read) => {
        readInTurns.push(turn());
        return readAll.call(log, ...read);
      };
      const run = async (reader: string, from: Place) => {
        for (let place = from; place.position < 10_000n; ) {
          place = (await feed.read(place, reading({ reader }))).to;
          order.push(reader);
        }
      };
      await Promise.all([run('far', beginningOf(log)), run('also far', beginningOf(log))]);
    });
    expect(new Set(readInTurns).size).to.equal(readInTurns.length);
    // Neither waits for more than one turn of the other.
    for (let index = 2; index < order.length; index += 1)
      expect(new Set(order.slice(index - 2, index + 1))).to.have.length(2);
  });

  it('delays nobody by many readers of another organization that are behind', async () => {
    await append(10);
    await feed.end();
    const order: (string | null)[] = [];
    const read = async (scope: string | null, reader: string) => {
      await feed.read(beginningOf(log), reading({ scope, reader }));
      order.push(scope);
    };
    const many = Array.from({ length: 60 }, (_, index) => read(OTHERS, `user:${index % 12}`));
    await Promise.all([...many, read(METADATA.organization_id, 'user:a'), read(null, 'user:operator')]);
    expect(order.slice(0, 6)).to.include.members([METADATA.organization_id, null]);
  });

  it('says how many are behind', async () => {
    await append(10);
    await feed.end();
    const [one, other] = [feed.read(beginningOf(log), reading()), feed.read(beginningOf(log), reading())];
    const level = await feed.read(await feed.end(), reading());
    expect([level.isLevel, feed.behind]).to.deep.equal([true, 2]);
    await Promise.all([one, other]);
    expect(feed.behind).to.equal(0);
  });

  it('does nothing more for a reader that has gone', async () => {
    await append(10);
    await feed.end();
    signal = AbortSignal.abort();
    const stretch = await feed.read(beginningOf(log), reading());
    expect([stretch.events, stretch.to.position, stretch.isLevel]).to.deep.equal([[], 0n, false]);
    expect(log.readings.all).to.equal(0);
    await feed.read(await feed.end(), reading({ waitMs: 60_000 }));
  });

  describe('for one subject', () => {
    it('reads its own stream for what is past, and what comes after that with all others', async () => {
      await append(2);
      await append(5_000, 'import-other');
      await append(1);
      await feed.end();
      const read = async (place: Place) => feed.read(place, reading({ subject: SUBJECT }));
      const past = await read(beginningOf(log));
      expect(past.events.map(({ subject }) => subject)).to.deep.equal([SUBJECT, SUBJECT, SUBJECT]);
      expect([past.to.position, log.readings.all]).to.deep.equal([5_003n, 0]);
      const before = log.readings.ofStreams;
      await append(1);
      await until('it has it', async () => (await feed.end()).position === 5_004n);
      expect(idsIn(await read(past.to))).to.deep.equal([log.events.at(-1)?.id]);
      expect(log.readings.ofStreams).to.equal(before);
    });

    it('gives each of a long stream once', async () => {
      await append(1_700);
      await append(3_000, 'import-other');
      await feed.end();
      const ids = await all(beginningOf(log), { subject: SUBJECT });
      expect(ids.filter((id) => log.events.slice(0, 1_700).some((event) => event.id === id))).to.deep.equal(
        log.events.slice(0, 1_700).map(({ id }) => id),
      );
    });

    it('gives nothing to another organization', async () => {
      await append(2);
      await append(5_000, 'import-other');
      await feed.end();
      const stretch = await feed.read(beginningOf(log), reading({ subject: SUBJECT, scope: OTHERS }));
      expect(stretch.events).to.deep.equal([]);
    });
  });

  describe('while the log is away', () => {
    it('fails at first, and begins once it is back', async () => {
      log.setAway(true);
      expect(await rejectionOf(feed.end())).to.be.instanceOf(LogUnavailable);
      log.setAway(false);
      await append();
      expect((await feed.end()).position).to.equal(1n);
    });

    it('goes on after what it has, says so, and leaves nothing out', async () => {
      const from = await feed.end();
      await append();
      await until('it has it', async () => (await feed.end()).position === 1n);
      log.setAway(true);
      await until('it is told', () => troubles.length > 0);
      expect((await feed.read(from, reading())).events).to.have.length(1);
      expect((await feed.read(await feed.end(), reading())).isLevel).to.equal(true);
      await append(2);
      log.setAway(false);
      await until('it has them', async () => (await feed.end()).position === 3n);
      expect(await all(from)).to.deep.equal(log.events.map(({ id }) => id));
    });

    it('tells a reader that is behind, and those who operate it', async () => {
      await append(10);
      await feed.end();
      log.setAway(true);
      expect(await rejectionOf(feed.read(beginningOf(log), reading()))).to.be.instanceOf(LogUnavailable);
      expect(troubles[0]).to.be.instanceOf(LogUnavailable);
      expect(feed.behind).to.equal(0);
    });
  });

  it('calls who watches with every event, in order, until told to end', async () => {
    const seen: RecordedEvent[] = [];
    const end = feed.watch((event) => seen.push(event));
    await until('it has begun', () => log.readings.follows === 1);
    await append(3);
    await until('they are seen', () => seen.length === 3);
    expect(seen.map(({ position }) => position)).to.deep.equal([1n, 2n, 3n]);
    end();
    await append();
    await until('it has it', async () => (await feed.end()).position === 4n);
    expect(seen).to.have.length(3);
  });

  it('wakes all who wait when it closes', async () => {
    const from = endOf(log);
    const waiting = feed.read(await from, reading({ waitMs: 60_000 }));
    await until('it has begun', () => log.readings.follows === 1);
    await feed.close();
    expect((await waiting).isLevel).to.equal(true);
  });
});
