import { expect } from 'chai';
import type { EventLog, RecordedEvent } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import type { Finding } from '../../../src/operations/verify/finding.ts';
import { sampleOf } from '../../../src/operations/verify/sample.ts';
import { verifyAll } from '../../../src/operations/verify/verify-all.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED, USER_REMOVED } from '../../support/events.ts';
import { untilLevel } from '../../support/projected.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { replacing } from '../../support/replacing.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';

describe('the whole log, compared with the whole read model,', () => {
  const id = newId();
  const stream = `user-${id}`;
  let stores: TestStores;

  beforeEach(async () => {
    stores = await openTestStores();
    const { log, readModel } = stores;
    await log.append(stream, [newEvent(USER_REGISTERED)], 'no_stream');
    for (const one of [newId(), newId()]) {
      await log.append(`import-${one}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
    }
    await log.append(stream, [newEvent(USER_REMOVED), newEvent(USER_REGISTERED)], 0);
    await untilLevel(log, readModel);
  });

  afterEach(() => stores.close());

  const idle = new AbortController().signal;
  /** One event a page, unless told: whatever a stream has lies in several pages. */
  async function* pages(size = 1): AsyncGenerator<RecordedEvent[]> {
    const events = await stores.log.readAll(0n, 100);
    for (let start = 0; start < events.length; start += size) yield events.slice(start, start + size);
  }
  const found = async (some: { log?: EventLog; readModel?: ReadModel } = {}, size = 1): Promise<Finding[]> =>
    Array.fromAsync(verifyAll({ ...stores, ...some }, pages(size), await stores.log.head(), idle));
  const put = async (revision: number) => {
    const before = await stores.readModel.get('user', id);
    await stores.readModel.repair('user', id, before, before && { ...before, revision });
  };

  it('agrees', async () => {
    expect(await found()).to.deep.equal([]);
  });

  it('shows a difference once, however many pages its stream is in', async () => {
    for (const [revision, what] of [
      [0, 'behind'],
      [1, 'behind'],
      [9, 'ahead'],
    ] as const) {
      await put(revision);
      expect((await found()).map((finding) => [finding.stream, finding.what])).to.deep.equal([[stream, what]]);
    }
  });

  it('gives the same findings with one page as with many', async () => {
    await put(0);
    expect((await found({}, 100)).map(({ what }) => what)).to.deep.equal(['behind']);
  });

  it('shows no difference that is gone at the second comparison', async () => {
    await put(0);
    let isRepaired = false;
    const readModel = replacing(stores.readModel, {
      async page(...asked) {
        const page = await stores.readModel.page(...asked);
        // As if the follower came to it just after the first look.
        if (!isRepaired) await put(2);
        isRepaired = true;
        return page;
      },
    });
    expect(await found({ readModel })).to.deep.equal([]);
    expect(isRepaired).to.equal(true);
  });

  it('is refused if the views belong to another log', async () => {
    const log = replacing(stores.log, { id: newId() });
    expect(await rejectionOf(found({ log }))).to.have.property('code', 'other_log');
  });

  describe('a sample', () => {
    const all = async () => new Set((await stores.log.readAll(0n, 100)).map((event) => event.stream));

    it('has everything if that is not more', async () => {
      const { streams, description } = await sampleOf(stores, 5, Math.random);
      expect(new Set(streams)).to.deep.equal(await all());
      expect(description).to.equal('of all 5 events');
    });

    it('has the newest events and others at random', async () => {
      const [, first] = await stores.log.readAll(0n, 2);
      const { streams, description } = await sampleOf(stores, 3, () => 0.34);
      expect(streams).to.deep.equal([stream, first?.stream]);
      expect(description).to.equal('of the 2 newest events and of 1 others at random, of 5 events');
    });

    it('has views if positions are not dense', async () => {
      const views = { ...stores, log: replacing(stores.log, { hasDensePositions: false }) };
      expect(new Set((await sampleOf(views, 100, Math.random)).streams)).to.deep.equal(await all());
      const { streams } = await sampleOf(views, 1, () => 0);
      expect([...(await all())]).to.include.members([...streams]);
    });
  });
});
