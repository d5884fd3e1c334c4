import { expect } from 'chai';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import { positionsIn, suspectsIn } from '../../../src/operations/verify/scan-page.ts';
import { newEvent, USER_REGISTERED, USER_REMOVED } from '../../support/events.ts';
import { untilLevel } from '../../support/projected.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';

describe('the positions of a page', () => {
  const page = (...positions: bigint[]): RecordedEvent[] =>
    positions.map((position, revision) => ({ ...newEvent(USER_REMOVED), stream: 'user-1', revision, position }));
  const reasons = (positions: bigint[], before: bigint, areDense: boolean) =>
    positionsIn(page(...positions), before, areDense).map(({ reason }) => reason);

  it('continue after the page before, one by one if positions are dense', () => {
    expect(reasons([5n, 6n], 4n, true)).to.deep.equal([]);
    expect(reasons([5n, 7n], 4n, true)).to.deep.equal(['position 7 (revision 1 of user-1) comes after position 5']);
    expect(reasons([6n], 4n, true)).to.have.length(1);
  });

  it('only grow if they are not dense', () => {
    expect(reasons([5n, 70n], 4n, false)).to.deep.equal([]);
    expect(reasons([5n, 5n], 4n, false)).to.have.length(1);
    expect(reasons([3n, 5n], 4n, false)).to.have.length(1);
  });
});

describe('the suspects of a page', () => {
  const id = newId();
  const stream = `user-${id}`;
  let stores: TestStores;
  let events: RecordedEvent[];

  beforeEach(async () => {
    stores = await openTestStores();
    await stores.log.append(stream, [newEvent(USER_REGISTERED), newEvent(USER_REMOVED)], 'no_stream');
    await untilLevel(stores.log, stores.readModel);
    events = await stores.log.readAll(0n, 9);
  });

  afterEach(() => stores.close());

  const damage = async () => {
    const before = await stores.readModel.get('user', id);
    await stores.readModel.repair('user', id, before, before && { ...before, revision: 7 });
  };

  it('are none if all is right, although the page holds only a part of a stream', async () => {
    for (const page of [events, events.slice(0, 1), events.slice(1)]) {
      expect(await suspectsIn(page, 2n, stores)).to.deep.equal([]);
    }
  });

  it('are found without reading a stream for each of its pages, nor all of it at once', async () => {
    const { log } = stores;
    const many = Array.from({ length: 1_200 }, () => newEvent(USER_REMOVED));
    for (let at = 0; at < many.length; at += 400) await log.append(stream, many.slice(at, at + 400), 'any');
    await untilLevel(log, stores.readModel);
    await damage();
    const { readStream } = log;
    const read: number[] = [];
    log.readStream = async (...asked) => {
      const found = await readStream.apply(log, asked);
      read.push(found.length);
      return found;
    };
    const all = await log.readAll(0n, 2_000);
    expect(await suspectsIn(all.slice(0, 700), 1_202n, stores)).to.deep.equal([]);
    expect(read).to.deep.equal([1]);
    expect(await suspectsIn(all.slice(700), 1_202n, stores)).to.deep.equal([stream]);
    expect(Math.max(...read)).to.equal(500);
  });

  it('are found in the page with the last event before the end', async () => {
    await damage();
    expect(await suspectsIn(events.slice(0, 1), 2n, stores)).to.deep.equal([]);
    expect(await suspectsIn(events.slice(1), 2n, stores)).to.deep.equal([stream]);
    expect(await suspectsIn(events.slice(0, 1), 1n, stores)).to.deep.equal([stream]);
  });
});
