import { expect } from 'chai';
import fc from 'fast-check';
import { LogUnavailable } from '../../../src/events/errors.ts';
import { TimeMarks } from '../../../src/subscribers/feed/time-marks.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { countingTurns } from '../../support/loop-turns.ts';
import { MemoryLog } from '../../support/memory-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';

const iso = (ms: number) => new Date(ms).toISOString();

/** Times that repeat, go back, and have gaps. */
const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 2_500, size: 'max' });

describe('the marks of times', () => {
  const logOf = async (timesMs: readonly (number | null)[]) => {
    const log = new MemoryLog();
    const events = timesMs.map((ms) =>
      newEvent(IMPORT_REQUESTED, { occurred_at: ms === null ? ('no time' as never) : iso(ms) }),
    );
    if (events.length > 0) await log.append('import-x', events);
    return log;
  };

  it('give a place at or before the first event of a time, never after it, whatever the order of times', async () => {
    await fc.assert(
      fc.asyncProperty(times, times, fc.integer({ min: -1, max: 51 }), async (one, more, timeMs) => {
        const log = await logOf(one);
        const marks = new TimeMarks(log);
        const first = (all: readonly number[]) => {
          const index = all.findIndex((ms) => ms >= timeMs);
          return BigInt(index === -1 ? all.length : index);
        };
        const before = await marks.placeBefore(timeMs);
        expect(before.position <= first(one)).to.equal(true);
        // Events that are older than the marks are appended later: old ones are loaded.
        const later = await logOf(more);
        if (more.length > 0) await log.append('import-y', later.events);
        const { position, event } = await marks.placeBefore(timeMs);
        expect(position <= first([...one, ...more])).to.equal(true);
        expect(event?.id).to.equal(log.events[Number(position) - 1]?.id);
      }),
      { numRuns: 40 },
    );
  });

  it('give the very place where times grow', async () => {
    const log = await logOf(Array.from({ length: 3_000 }, (_, index) => index));
    const marks = new TimeMarks(log);
    for (const timeMs of [0, 1, 499, 500, 501, 1_700, 2_999, 3_000]) {
      expect((await marks.placeBefore(timeMs)).position).to.equal(BigInt(timeMs));
    }
  });

  it('are made once: a second look reads little', async () => {
    const log = await logOf(Array.from({ length: 20_000 }, (_, index) => index));
    const marks = new TimeMarks(log);
    await Promise.all([marks.placeBefore(10), marks.placeBefore(19_000), marks.placeBefore(3)]);
    const before = log.readings.all;
    expect(before).to.be.below(50);
    await marks.placeBefore(12_345);
    expect(log.readings.all - before).to.be.at.most(3);
  });

  it('are fewer on a long log, and then give a place that is little too early', async () => {
    const log = await logOf(Array.from({ length: 10_500 }, (_, index) => index));
    const { readAll } = log;
    // As if each event were large.
    log.readAll = (after) => readAll.call(log, after, 1);
    const marks = new TimeMarks(log);
    for (const timeMs of [1, 5_000, 9_999, 10_400]) {
      expect(Number((await marks.placeBefore(timeMs)).position)).to.be.within(timeMs - 2, timeMs);
    }
  });

  it('pass over an event that does not say its time, as no subscriber sees it', async () => {
    const log = await logOf([1, null, 2, 3]);
    expect((await new TimeMarks(log).placeBefore(3)).position).to.equal(3n);
  });

  it('that are not made in time give an earlier place, and are made meanwhile', async () => {
    const log = await logOf(Array.from({ length: 5_000 }, (_, index) => index));
    let isHeld = true;
    let turns = 0;
    const inTurn = async <T>(work: () => Promise<T>) => {
      turns += 1;
      // The first reading takes long.
      if (turns === 1) await until('it goes on', () => !isHeld);
      return work();
    };
    const marks = new TimeMarks(log, inTurn, 10);
    expect((await marks.placeBefore(4_999)).position < 4_999n).to.equal(true);
    isHeld = false;
    await until('they are made', async () => (await marks.placeBefore(4_999)).position === 4_999n);
  });

  it('leave the event loop to others between two readings', async () => {
    const log = await logOf(Array.from({ length: 10_000 }, (_, index) => index));
    await countingTurns(async (turn) => {
      await new TimeMarks(log).placeBefore(9_999);
      expect(turn()).to.be.at.least(log.readings.all - 1);
    });
  });

  it('say that the log is away, and are made once it is back', async () => {
    const log = await logOf([1, 2, 3]);
    const marks = new TimeMarks(log);
    log.setAway(true);
    expect(await rejectionOf(marks.placeBefore(2))).to.be.instanceOf(LogUnavailable);
    log.setAway(false);
    expect((await marks.placeBefore(2)).position).to.equal(1n);
  });
});
