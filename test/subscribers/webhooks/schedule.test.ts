import { expect } from 'chai';
import {
  afterFailure,
  type Failing,
  isHopeless,
  pauseBeforeNextTry,
  retryAfterMs,
} from '../../../src/subscribers/webhooks/schedule.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** The pauses of a delivery that fails each time, in seconds. */
function pausesUntilGivenUp(random: number): number[] {
  const pauses: number[] = [];
  for (let nowMs = 0; ; nowMs += (pauses.at(-1) as number) * SECOND) {
    const pauseMs = pauseBeforeNextTry({
      ...{ tries: pauses.length + 1, firstTriedAtMs: 0, nowMs, retryAfterMs: null, random },
    });
    if (pauseMs === null) return pauses;
    pauses.push(pauseMs / SECOND);
  }
}

describe('the schedule of a delivery', () => {
  it('is 5 s, 1 m, 5 m, 30 m, 2 h, 5 h, then 10 h each, until three days are over', () => {
    expect(pausesUntilGivenUp(0.5)).to.deep.equal([5, 60, 300, 1_800, 7_200, 18_000, ...Array(6).fill(36_000)]);
  });

  it('differs by a tenth at most, at random', () => {
    expect(pausesUntilGivenUp(0)[0]).to.equal(4.5);
    expect(pausesUntilGivenUp(1)[0]).to.equal(5.5);
  });

  it('waits longer if the receiver asks for it, up to ten hours', () => {
    const pause = (ms: number) =>
      pauseBeforeNextTry({ tries: 1, firstTriedAtMs: 0, nowMs: 0, retryAfterMs: ms, random: 0.5 });
    expect(pause(2 * SECOND)).to.equal(5 * SECOND);
    expect(pause(HOUR)).to.equal(HOUR);
    expect(pause(2 * DAY)).to.equal(10 * HOUR);
  });

  it('reads Retry-After in seconds and as a date, and nothing else', () => {
    const nowMs = Date.parse('2026-11-26T12:00:00Z');
    expect(retryAfterMs('120', nowMs)).to.equal(120 * SECOND);
    expect(retryAfterMs('Thu, 26 Nov 2026 12:00:30 GMT', nowMs)).to.equal(30 * SECOND);
    expect(retryAfterMs('Thu, 26 Nov 2026 11:00:30 GMT', nowMs)).to.equal(0);
    for (const wrong of [undefined, '', '-1', '1.5', 'soon', '99999999999', ['1', '2'], '2026-11-26']) {
      expect(retryAfterMs(wrong, nowMs)).to.equal(null);
    }
  });
});

describe('the failures of an endpoint', () => {
  const NONE: Failing = { failures: 0, sinceMs: null, lastTriedAtMs: null };

  /** The failures after one at each of these times, in hours. */
  const failingAt = (...hours: number[]) => hours.reduce((failing, hour) => afterFailure(failing, hour * HOUR), NONE);

  it('are counted from the first one on', () => {
    expect(failingAt(1, 2, 3)).to.deep.equal({ failures: 3, sinceMs: HOUR, lastTriedAtMs: 3 * HOUR });
  });

  it('begin anew if nothing was sent for more than twelve hours', () => {
    expect(failingAt(1, 13)).to.include({ failures: 2, sinceMs: HOUR });
    expect(failingAt(1, 13.1)).to.include({ failures: 1, sinceMs: 13.1 * HOUR });
  });

  it('are hopeless after five days, in which there was an attempt every ten hours at least', () => {
    const failing = failingAt(...Array.from({ length: 13 }, (_, index) => 10 * index));
    expect(isHopeless(failing, 5 * DAY - 1)).to.equal(false);
    expect(isHopeless(failing, 5 * DAY)).to.equal(true);
    expect(isHopeless(NONE, 5 * DAY)).to.equal(false);
  });
});
