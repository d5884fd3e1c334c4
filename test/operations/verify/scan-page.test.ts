import { expect } from 'chai';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import { BegunStreams } from '../../../src/operations/verify/begun-streams.ts';
import { positionsIn, StreamScan } from '../../../src/operations/verify/scan-page.ts';
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

describe('the suspects of a scan', () => {
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

  const readingsOfStreams = () => {
    const { log } = stores;
    const { readStream } = log;
    const read: number[] = [];
    log.readStream = async (...asked) => {
      const found = await readStream.apply(log, asked);
      read.push(found.length);
      return found;
    };
    return read;
  };
  const damage = async (revision = 7) => {
    const before = await stores.readModel.get('user', id);
    await stores.readModel.repair('user', id, before, before && { ...before, revision });
  };

  it('are none if all is right, although the page holds only a part of a stream', async () => {
    for (const page of [events, events.slice(0, 1), events.slice(1)]) {
      const scan = new StreamScan(stores, 2n);
      expect(await scan.suspectsIn(page)).to.deep.equal([]);
      expect(await scan.suspectsLeft()).to.deep.equal([]);
    }
  });

  it('are found without reading any stream whose events are in pages near each other', async () => {
    const read = readingsOfStreams();
    const scan = new StreamScan(stores, 2n);
    for (const event of events) expect(await scan.suspectsIn([event])).to.deep.equal([]);
    expect(await scan.suspectsLeft()).to.deep.equal([]);
    expect(read).to.deep.equal([]);
  });

  it('are found without reading a stream for each of its pages, nor all of it at once', async () => {
    const { log } = stores;
    const many = Array.from({ length: 1_200 }, () => newEvent(USER_REMOVED));
    for (let at = 0; at < many.length; at += 400) await log.append(stream, many.slice(at, at + 400), 'any');
    await untilLevel(log, stores.readModel);
    await damage();
    const read = readingsOfStreams();
    const all = await log.readAll(0n, 2_000);
    const scan = new StreamScan(stores, 1_202n);
    expect(await scan.suspectsIn(all.slice(0, 700))).to.deep.equal([]);
    expect(read).to.deep.equal([1]);
    expect(await scan.suspectsIn(all.slice(700))).to.deep.equal([stream]);
    expect(Math.max(...read)).to.equal(500);
  });

  it('are found in the page with the last event before the end', async () => {
    await damage(0);
    const scan = new StreamScan(stores, 2n);
    expect(await scan.suspectsIn(events.slice(0, 1))).to.deep.equal([]);
    expect(await scan.suspectsIn(events.slice(1))).to.deep.equal([stream]);
    expect(await scan.suspectsLeft()).to.deep.equal([]);
  });

  it('are found at the end if their views tell of events that were not in the scan', async () => {
    await damage();
    const scan = new StreamScan(stores, 1n);
    expect(await scan.suspectsIn(events.slice(0, 1))).to.deep.equal([]);
    expect(await scan.suspectsLeft()).to.deep.equal([stream]);
  });

  it('are found although the beginnings of their streams were too many to be held', async () => {
    await damage();
    const end = new StreamScan(stores, 1n, new BegunStreams(1));
    expect(await end.suspectsIn(events.slice(0, 1))).to.deep.equal([stream]);
    const scan = new StreamScan(stores, 2n, new BegunStreams(1));
    expect(await scan.suspectsIn(events.slice(0, 1))).to.deep.equal([]);
    expect(await scan.suspectsIn(events.slice(1))).to.deep.equal([stream]);
  });
});
