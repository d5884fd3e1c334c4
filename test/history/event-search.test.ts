import { expect } from 'chai';
import type { EventLog, RecordedEvent } from '../../src/events/event-log.ts';
import { type SearchBounds, type SearchedTo, searchEvents } from '../../src/history/event-search.ts';
import type { EventSelection } from '../../src/history/event-selection.ts';
import { recorded } from '../support/recorded.ts';

/** Of two types in turn, at positions with gaps. */
const EVENTS = Array.from({ length: 9 }, (_, index) =>
  recorded({ revision: index, position: BigInt(10 * (index + 1)), type: index % 2 === 0 ? 'Even' : 'Odd' }),
);
const WIDE: SearchBounds = { events: 100, characters: 1e9, foundCharacters: 1e9 };
const SIZE = (EVENTS[0]?.data.length ?? 0) + (EVENTS[0]?.metadata.length ?? 0);

/** A log of these events, followed and read in pages of two. */
function logOf(events: readonly RecordedEvent[]): EventLog {
  return {
    hasDensePositions: false,
    head: async () => events.at(-1)?.position ?? 0n,
    readStream: async (_stream: string, from = 0) => events.slice(from, from + 2),
    async *follow(after: bigint) {
      const rest = events.filter(({ position }) => position > after);
      for (let index = 0; index < rest.length; index += 2) yield rest.slice(index, index + 2);
      yield [];
    },
  } as Partial<EventLog> as EventLog;
}

describe('a search through the log', () => {
  const log = logOf(EVENTS);

  /** Every part, as the numbers of its events. */
  async function parts(selection: EventSelection, limit: number, bounds: Partial<SearchBounds> = {}) {
    const found: number[][] = [];
    let after: SearchedTo | null = null;
    do {
      const part = await searchEvents(log, selection, after, limit, { ...WIDE, ...bounds });
      found.push(part.events.map(({ revision }) => revision));
      after = part.next;
    } while (after !== null && found.length < 50);
    return found;
  }

  it('finds all events in order, each once, and ends with the last', async () => {
    expect(await parts({}, 4)).to.deep.equal([[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
    expect(await parts({}, 9)).to.deep.equal([[0, 1, 2, 3, 4, 5, 6, 7, 8]]);
    expect(await parts({ type: 'Odd' }, 3)).to.deep.equal([[1, 3, 5], [7]]);
  });

  it('goes through one stream by its revisions in the same way', async () => {
    const stream = EVENTS[0]?.stream;
    expect(await parts({ stream }, 4)).to.deep.equal([[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
    expect((await searchEvents(log, { stream }, null, 4)).next).to.deep.equal({ revision: 3 });
    expect((await searchEvents(log, {}, null, 4)).next).to.deep.equal({ position: 40n });
  });

  it('reads at most the allowed number of events at a time, and continues from there', async () => {
    expect(await parts({ type: 'Odd' }, 3, { events: 4 })).to.deep.equal([[1, 3], [5, 7], []]);
    expect(await parts({ type: 'None' }, 3, { events: 4 })).to.deep.equal([[], [], []]);
  });

  it('reads at most the allowed amount of text, but at least one event', async () => {
    expect(await parts({ type: 'Odd' }, 9, { characters: 3 * SIZE })).to.deep.equal([[1], [3, 5], [7]]);
    expect(await parts({}, 9, { characters: 1 })).to.have.lengthOf(9);
  });

  it('returns at most the allowed amount of text, but at least one event', async () => {
    expect(await parts({}, 9, { foundCharacters: 4 * SIZE })).to.deep.equal([[0, 1, 2, 3], [4, 5, 6, 7], [8]]);
    expect(await parts({}, 9, { foundCharacters: 1 })).to.have.lengthOf(9);
  });

  it('ends at the last position that was asked for', async () => {
    expect(await parts({ until: { position: 40n } }, 2)).to.deep.equal([
      [0, 1],
      [2, 3],
    ]);
  });

  it('finds nothing in an empty log, and nothing after the end of a log', async () => {
    expect(await searchEvents(logOf([]), {}, null, 9)).to.deep.equal({ events: [], next: null });
    expect(await searchEvents(log, {}, { position: 99n }, 9)).to.deep.equal({ events: [], next: null });
  });
});
