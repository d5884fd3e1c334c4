import { expect } from 'chai';
import { type Pages, pagesOfLog, pagesOfStream, tailOfLog } from '../../../src/cli/reading/pages.ts';
import { LogDamaged, LogUnavailable } from '../../../src/events/errors.ts';
import type { EventLog, RecordedEvent } from '../../../src/events/event-log.ts';
import { recorded } from '../../projections/recorded.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

/** Sparse, as EventStoreDB has them. */
const events = [10, 25, 31, 47, 58].map((position, revision) => recorded({ revision, position: BigInt(position) }));

type Following = (after: bigint) => (readonly RecordedEvent[] | Error)[];

/** A log that gives, or throws, what it is told to. */
function logOf(following: Following): EventLog {
  return {
    async *follow(after: bigint) {
      for (const page of following(after)) {
        if (page instanceof Error) throw page;
        yield page;
      }
    },
  } as Partial<EventLog> as EventLog;
}

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
    it(`go up to ${what}, and no further is read`, async () => {
      const log = logOf(() => [events.slice(0, 2), events.slice(2, 4), events.slice(4), new Error('read on')]);
      expect(await positionsIn(pagesOfLog(log, 0n, end, never))).to.deep.equal(pages);
    });
  }

  it('end where the log says that there is no more', async () => {
    const log = logOf(() => [events.slice(0, 2), [], new Error('read on')]);
    expect(await positionsIn(pagesOfLog(log, 0n, 58n, never))).to.deep.equal([[10, 25]]);
  });

  it('are none where there is nothing to read', async () => {
    expect(await positionsIn(pagesOfLog(logOf(neverMore), 58n, 58n, never))).to.deep.equal([]);
  });
});

describe('pages of a stream', () => {
  const inPages = {
    readStream: async (_: string, from = 0) => events.slice(from, from + 2),
  } as Partial<EventLog> as EventLog;

  it('are all of it', async () => {
    expect(await positionsIn(pagesOfStream(inPages, 'any', never))).to.deep.equal([[10, 25], [31, 47], [58]]);
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

describe('the tail of the log', () => {
  it('outlives a log that goes away: it says so once and goes on after the last event', async () => {
    const stop = new AbortController();
    const said: string[] = [];
    const away = new LogUnavailable('a test');
    const rounds: Following[] = [
      () => [events.slice(0, 2), away],
      () => [away],
      () => [away],
      () => [[], events.slice(2, 4)],
    ];
    const asked: bigint[] = [];
    const log = logOf((after) => {
      asked.push(after);
      return (rounds.shift() ?? (() => []))(after);
    });
    const seen: number[] = [];
    for await (const page of tailOfLog(
      log,
      5n,
      stop.signal,
      ({ message }) => said.push(message),
      () => said.push('back'),
    )) {
      seen.push(...page.map(({ position }) => Number(position)));
      if (seen.length === 4) stop.abort();
    }
    expect(seen).to.deep.equal([10, 25, 31, 47]);
    expect(asked.slice(0, 4)).to.deep.equal([5n, 25n, 25n, 25n]);
    expect(said).to.deep.equal([away.message, 'back']);
  });

  it('ends with anything else that is wrong', async () => {
    const tail = tailOfLog(
      logOf(() => [new LogDamaged('a test')]),
      0n,
      never,
      neverMore,
      neverMore,
    );
    expect(await rejectionOf(Array.fromAsync(tail))).to.be.instanceOf(LogDamaged);
  });

  it('stops waiting for the log with the signal', async () => {
    const stop = new AbortController();
    const tail = tailOfLog(
      logOf(() => [new LogUnavailable('a test')]),
      0n,
      stop.signal,
      () => stop.abort(),
      neverMore,
    );
    expect(await Array.fromAsync(tail)).to.deep.equal([]);
  });
});
