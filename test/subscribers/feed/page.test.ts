import { expect } from 'chai';
import { TurnsWithin } from '../../../src/http/limits/turns-within.ts';
import { nextPage, type PageQuery } from '../../../src/subscribers/feed/page.ts';
import type { Selection } from '../../../src/subscribers/feed/selection.ts';
import { SharedFeed } from '../../../src/subscribers/feed/shared-feed.ts';
import { beginningOf, endOf } from '../../../src/subscribers/place.ts';
import { IMPORT_REQUESTED, METADATA, newEvent } from '../../support/events.ts';
import { MemoryLog } from '../../support/memory-log.ts';
import { NAMING } from '../../support/public-events.ts';
import { rejectionOf } from '../../support/rejection-of.ts';

const OTHERS = '11111111-1111-4111-8111-111111111111';
const EVERYTHING: Selection = { names: null, subject: null, albumId: null };

describe('a page of the feed', () => {
  let log: MemoryLog;
  let feed: SharedFeed;
  const append = (count: number, organization = METADATA.organization_id, text = '') =>
    log.append(
      'import-3d172b54-f40f-4df9-9342-0b042fac5382',
      Array.from({ length: count }, () =>
        newEvent(
          { ...IMPORT_REQUESTED, data: { ...IMPORT_REQUESTED.data, params: { text } } },
          { organization_id: organization },
        ),
      ),
    );
  const page = (query: Partial<PageQuery> = {}, between: () => Promise<void> = async () => {}, signal = never) =>
    nextPage(
      feed,
      log,
      { after: beginningOf(log), selection: EVERYTHING, limit: 50, waitMs: 0, ...query },
      { scope: METADATA.organization_id, reader: 'user:1', signal },
      between,
    );
  const never = new AbortController().signal;
  const shape = ({ events, to }: Awaited<ReturnType<typeof page>>) => [events.length, Number(to.position)];

  beforeEach(() => {
    log = new MemoryLog();
    const turns = new TurnsWithin();
    feed = new SharedFeed({
      log,
      naming: NAMING,
      inTurn: (scope, reader, work) => turns.run(scope ?? 'all', reader, work),
      onTrouble: () => {},
    });
  });

  afterEach(() => feed.close());

  it('has as many events as are wanted, and ends directly after the last of them', async () => {
    await append(10);
    expect(shape(await page({ limit: 3 }))).to.deep.equal([3, 3]);
    const { to } = await page({ limit: 8 });
    expect(shape(await page({ limit: 3, after: to }))).to.deep.equal([2, 10]);
  });

  it('looks at a bounded part of the log, and has a next place although it is empty', async () => {
    await append(20_000, OTHERS);
    await append(1);
    await feed.end();
    let place = beginningOf(log);
    let pages = 0;
    for (let found = 0; found === 0; pages += 1) {
      const before = log.readings.all;
      const { events, to } = await page({ after: place });
      expect(log.readings.all - before).to.be.at.most(20);
      expect(to.position > place.position).to.equal(true);
      [place, found] = [to, events.length];
    }
    expect([pages, place.position]).to.deep.equal([5, 20_001n]);
  });

  it('that finds nothing up to the end stays where it began, although there are events of others', async () => {
    const after = await feed.end();
    await append(100, OTHERS);
    while ((await feed.end()).position < 100n);
    expect(shape(await page({ after }))).to.deep.equal([0, 0]);
    await append(1_000, OTHERS);
    while ((await feed.end()).position < 1_100n);
    // Of a long look, the reader is spared to repeat it.
    expect(shape(await page({ after }))).to.deep.equal([0, 1_100]);
  });

  it('ends once it has much text', async () => {
    await append(20, METADATA.organization_id, 'x'.repeat(300_000));
    expect(shape(await page())).to.deep.equal([4, 4]);
  });

  describe('that waits', () => {
    it('comes with the first event that is selected', async () => {
      const waiting = page({ after: await endOf(log), waitMs: 60_000, selection: { ...EVERYTHING, albumId: 'x' } });
      await append(3);
      const other = { ...IMPORT_REQUESTED, data: { ...IMPORT_REQUESTED.data, album_id: 'x' } };
      await log.append('import-0b042fac-f40f-4df9-9342-0b042fac5382', [newEvent(other)]);
      expect(shape(await waiting)).to.deep.equal([1, 4]);
    });

    it('is empty when the time is over, however many events of others came', async () => {
      const after = await endOf(log);
      const timer = setInterval(() => append(1, OTHERS), 5);
      const found = await page({ after, waitMs: 100 });
      clearInterval(timer);
      expect(shape(found)).to.deep.equal([0, 0]);
    });

    it('ends when its reader has gone', async () => {
      const gone = new AbortController();
      const waiting = page({ after: await endOf(log), waitMs: 60_000 }, undefined, gone.signal);
      gone.abort();
      expect(shape(await waiting)).to.deep.equal([0, 0]);
    });

    it('is ended, within a part of a second, by what is asked meanwhile', async () => {
      let asked = 0;
      const after = await endOf(log);
      const began = performance.now();
      const failure = await rejectionOf(
        page({ after, waitMs: 60_000 }, async () => {
          asked += 1;
          if (asked === 2) throw new Error('the rights have ended');
        }),
      );
      expect(failure.message).to.equal('the rights have ended');
      expect(performance.now() - began).to.be.below(5_000);
    });
  });
});
