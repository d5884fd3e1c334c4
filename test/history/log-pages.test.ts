import { expect } from 'chai';
import type { EventLog } from '../../src/events/event-log.ts';
import { endOf, type Pages, pagesOfLog, pagesOfStream, startOf } from '../../src/history/log-pages.ts';
import { logOf, SPARSE } from '../projections/sparse-log.ts';

const positionsIn = async (pages: Pages) =>
  (await Array.fromAsync(pages)).map((page) => page.map((event) => Number(event.position)));
const never = new AbortController().signal;
const neverMore = () => expect.fail('more was asked for');

describe('pages of the log', () => {
  for (const [what, end, pages] of [
    ['the newest event', 58n, [[10, 25], [31, 47], [58]]],
    ['a position within a page', 31n, [[10, 25], [31]]],
    ['the end of a page', 25n, [[10, 25]]],
    ['a position that no event has', 30n, [[10, 25], []]],
  ] as const) {
    it(`go up to ${what}, and nothing after it is read`, async () => {
      const log = logOf(() => [SPARSE.slice(0, 2), SPARSE.slice(2, 4), SPARSE.slice(4), new Error('read on')]);
      expect(await positionsIn(pagesOfLog(log, 0n, end, never))).to.deep.equal(pages);
    });
  }

  it('end when the log says that it is level', async () => {
    const log = logOf(() => [SPARSE.slice(0, 2), [], new Error('read on')]);
    expect(await positionsIn(pagesOfLog(log, 0n, 58n, never))).to.deep.equal([[10, 25]]);
  });

  it('are none if there is nothing to read', async () => {
    expect(await positionsIn(pagesOfLog(logOf(neverMore), 58n, 58n, never))).to.deep.equal([]);
  });
});

describe('pages of a stream', () => {
  const inPages = {
    readStream: async (_: string, from = 0) => SPARSE.slice(from, from + 2),
  } as Partial<EventLog> as EventLog;

  it('are the whole stream', async () => {
    expect(await positionsIn(pagesOfStream(inPages, 'any', never))).to.deep.equal([[10, 25], [31, 47], [58]]);
  });

  it('may begin at a revision', async () => {
    expect(await positionsIn(pagesOfStream(inPages, 'any', never, 3))).to.deep.equal([[47, 58]]);
  });

  it('end with the signal', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const page of pagesOfStream(inPages, 'any', stop.signal)) {
      seen.push(page.length);
      stop.abort();
    }
    expect(seen).to.deep.equal([2]);
  });
});

describe('the part of the log to search', () => {
  const dense = { hasDensePositions: true } as EventLog;
  const sparse = { hasDensePositions: false } as EventLog;

  it('begins directly before the wanted position if positions are dense', () => {
    expect(
      [{ position: 17n }, { position: 0n }, { timeMs: 17 }, undefined].map((since) => startOf(since, dense)),
    ).to.deep.equal([16n, 0n, 0n, 0n]);
  });

  it('begins at the beginning if positions have gaps, because only known positions are safe', () => {
    expect(startOf({ position: 17n }, sparse)).to.equal(0n);
  });

  it('ends at the wanted position, or at the head if that is earlier', () => {
    expect(
      [{ position: 17n }, { position: 99n }, { timeMs: 17 }, undefined].map((until) => endOf(until, 20n)),
    ).to.deep.equal([17n, 20n, 20n, 20n]);
  });
});
