import { expect } from 'chai';
import { newId, type Tick, tickAfter } from '../../src/events/new-id.ts';

const DAY_MS = 86_400_000;
const NOON_MS = Date.UTC(2026, 10, 26, 12);

function isGreater(one: Tick, other: Tick): boolean {
  return one.millisecond === other.millisecond ? one.sequence > other.sequence : one.millisecond > other.millisecond;
}

describe('a new id', () => {
  afterEach(() => {
    Date.now = realNow;
  });
  const realNow = Date.now;

  it('is greater than the one before it, even if the clock jumps', () => {
    const ids: string[] = [];
    for (const atMs of [0, DAY_MS, 0, -DAY_MS, 3_600_000, DAY_MS + 1, DAY_MS + 1, 2]) {
      Date.now = () => NOON_MS + atMs;
      for (let number = 0; number < 1_000; number += 1) ids.push(newId());
    }
    expect(ids.toSorted()).to.deep.equal(ids);
    expect(new Set(ids)).to.have.property('size', ids.length);
  });

  it('is greater even if all numbers of a millisecond are used and the clock stands still', () => {
    let tick: Tick = { millisecond: NOON_MS, sequence: 2 ** 32 - 3 };
    for (let number = 0; number < 10; number += 1) {
      const next = tickAfter(tick, NOON_MS - DAY_MS, 2 ** 32 - 1);
      expect(isGreater(next, tick)).to.equal(true);
      expect(next.sequence).to.be.below(2 ** 32);
      tick = next;
    }
    expect(tick.millisecond).to.equal(NOON_MS + 1);
  });

  it('has the time of the clock again as soon as the clock has passed the last id', () => {
    expect(tickAfter({ millisecond: NOON_MS, sequence: 5 }, NOON_MS + 7, 8)).to.deep.equal({
      millisecond: NOON_MS + 7,
      sequence: 2,
    });
  });
});
