import { expect } from 'chai';
import { eventsUpTo, type Point } from '../../src/history/view-at.ts';
import { recorded } from '../support/recorded.ts';

const at = (second: number) => `2026-11-24T09:21:${String(second).padStart(2, '0')}.000Z`;
const time = (text: string): Point => ({ timeMs: Date.parse(text) });

/** Sparse positions, as EventStoreDB has them; the clock of the third was late, and the fourth does not say its time. */
const events = [10, 12, 11, null, 14].map((second, revision) =>
  recorded({
    revision,
    position: BigInt(100 * (revision + 1)),
    metadata: { occurred_at: second === null ? null : at(second) },
  }),
);

describe('what had happened to a stream', () => {
  for (const [what, point, count] of [
    ['at a revision', { revision: 1 }, 2],
    ['at a position of its own', { position: 200n }, 2],
    ['at a position between its own', { position: 299n }, 2],
    ['before its first position', { position: 99n }, 0],
    ['after its last position', { position: 9_999n }, 5],
    ['before its first time', time(at(9)), 0],
    ['at the exact time of an event', time(at(10)), 1],
    ['at a time before an event that is followed by an earlier one', time(at(11)), 1],
    ['at a time, with an event that does not say its own', time(at(13)), 4],
    ['after its last time', time(at(59)), 5],
  ] as const) {
    it(`${what} is its first ${count} events`, () => {
      expect(eventsUpTo(events, point)).to.deep.equal(events.slice(0, count));
    });
  }
});
