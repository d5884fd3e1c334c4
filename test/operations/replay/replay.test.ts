import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { RecordOperation } from '../../../src/commands/operations.ts';
import type { Difference } from '../../../src/operations/replay/difference.ts';
import { liveAmong, type ReplayHooks, replay } from '../../../src/operations/replay/replay.ts';
import { NoRoom } from '../../../src/operations/replay/room.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import type { Version, Versions } from '../../../src/projections/versions.ts';
import { VIEWS_VERSION } from '../../../src/projections/views.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { describeWithMongodb } from '../../support/mongodb.ts';
import { untilLevel } from '../../support/projected.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { replacing } from '../../support/replacing.ts';
import { openTestStores, openTestStoresWithMongodb, type TestStores } from '../../support/stores.ts';

describe('a replay into embedded views', () => describeReplay(openTestStores));

describeWithMongodb('a replay into views in MongoDB', () => describeReplay(openTestStoresWithMongodb));

function describeReplay(openStores: () => Promise<TestStores>): void {
  let stores: TestStores;
  let live: ReadModel;
  let versions: Versions;
  let records: RecordOperation[];
  let differences: Difference[];
  const nobody = new AbortController().signal;

  const append = async (id: string = randomUUID()): Promise<string> => {
    await stores.log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'any');
    return id;
  };
  const levelLive = () => untilLevel(stores.log, live);
  const run = (hooks: Partial<ReplayHooks> = {}, signal = nobody) =>
    replay(
      { ...stores, versions, record: async (operation) => void records.push(operation) },
      'a test',
      {
        onBegin: () => {},
        onProgress: () => {},
        onWarning: () => {},
        onFilled: () => {},
        onDifference: async (difference) => void differences.push(difference),
        ...hooks,
      },
      signal,
    );
  const checkpoint = async () => (await stores.readModel.checkpoint()) ?? expect.fail('there is no checkpoint');

  beforeEach(async () => {
    stores = await openStores();
    live = await stores.openVersion(6);
    versions = stores.versions;
    records = [];
    differences = [];
  });

  afterEach(async () => {
    await live.close();
    await stores.close();
  });

  it('fills the version of this release, which is whole then, and records it', async () => {
    const id = await append();
    await levelLive();
    expect(await run()).to.include({ equal: 1, changed: 0, added: 0, removed: 0, late: 0 });
    const { generation, isFilled } = await checkpoint();
    expect(isFilled).to.equal(true);
    expect(await stores.readModel.get('import', id)).to.not.equal(null);
    expect(records).to.deep.equal([
      { type: 'StartReplay', replay_id: generation, reason: 'a test', generation, made_by: `views-${VIEWS_VERSION}` },
      { type: 'CompleteReplay', replay_id: generation, events: 1, changed: 0, added: 0, removed: 0 },
    ]);
  });

  it('compares with nothing if there is no other version of this log', async () => {
    await append();
    expect(await run()).to.equal(null);
    expect(records.at(-1)).to.include({ type: 'CompleteReplay', changed: null });
  });

  it('reports what is changed, added and removed, field by field', async () => {
    const ids = (await Promise.all([append(), append(), append()])).sort();
    const [changed, added, equal] = ids as [string, string, string];
    await levelLive();
    const stored = async (id: string) => (await live.get('import', id)) ?? expect.fail('there is no view');
    const before = await stored(changed);
    await live.repair('import', changed, before, { ...before, view: { ...before.view, album_id: 'another' } });
    await live.repair('import', added, await stored(added), null);
    const removed = randomUUID();
    const extra = await stored(equal);
    await live.repair('import', removed, null, { ...extra, view: { ...extra.view, id: removed } });
    const comparison = await run();
    expect(comparison).to.include({ equal: 1, changed: 1, added: 1, removed: 1, late: 0 });
    expect(comparison?.fields).to.deep.equal(new Map([['album_id', 1]]));
    const byId = new Map(differences.map((difference) => [difference.id, difference]));
    expect(byId.get(changed)).to.deep.equal({
      kind: 'import',
      id: changed,
      what: 'changed',
      changes: [{ field: 'album_id', before: '"another"', after: '"5005800000HEXCtAAP"' }],
    });
    expect(byId.get(added)?.what).to.equal('added');
    expect(byId.get(removed)?.what).to.equal('removed');
  });

  it('includes events that are appended while it compares', async () => {
    await append();
    await levelLive();
    const late = randomUUID();
    let appending: Promise<unknown> = Promise.resolve();
    await run({
      onFilled: () => {
        appending = append(late).then(levelLive);
      },
    });
    await appending;
    await untilLevel(stores.log, stores.readModel);
    expect(await stores.readModel.get('import', late)).to.not.equal(null);
  });

  it('reports no difference in views that the live version has not caught up with', async () => {
    await append();
    await levelLive();
    await append();
    expect(await run()).to.include({ equal: 1, changed: 0, added: 0, removed: 0, late: 1 });
    expect(differences).to.deep.equal([]);
  });

  it('stops at its signal, and is resumed at the same place', async () => {
    const events = 1_500;
    await Promise.all(Array.from({ length: events }, () => append()));
    const stop = new AbortController();
    expect(await rejectionOf(run({ onProgress: () => stop.abort() }, stop.signal))).to.equal(stop.signal.reason);
    const { generation, position, isFilled } = await checkpoint();
    expect(isFilled).to.equal(false);
    expect(Number(position)).to.be.within(1, events - 1);
    const resumedAt: bigint[] = [];
    await run({ onBegin: (after) => void resumedAt.push(after) });
    expect(resumedAt).to.deep.equal([position]);
    expect(await checkpoint()).to.deep.include({ generation, isFilled: true });
  });

  it('reports its progress', async () => {
    for (let count = 0; count < 3; count += 1) await append();
    const said: unknown[] = [];
    await run({ onProgress: (...progress) => said.push(progress) });
    expect(said.at(-1)).to.deep.equal([3, 1]);
  });

  it('is not begun if there is no room for another version of that size', async () => {
    await append();
    await levelLive();
    versions = replacing(stores.versions, {
      roomBytes: async () => 900_000_000,
      list: async () =>
        (await stores.versions.list()).map((version) => ({ ...version, bytes: version.name === '6' ? 1e9 : 0 })),
    });
    expect(await rejectionOf(run())).to.be.instanceOf(NoRoom);
    expect(records).to.deep.equal([]);
    expect(await stores.readModel.checkpoint()).to.equal(null);
  });

  it('removes a version that cannot be filled for lack of room, and records that', async () => {
    await append();
    let isFull = false;
    versions = replacing(stores.versions, { roomBytes: async () => (isFull ? 0 : null) });
    const write = stores.readModel.write.bind(stores.readModel);
    stores.readModel.write = (batch) => {
      isFull = batch.writes.length > 0;
      return isFull ? stores.unavailable() : write(batch);
    };
    expect(await rejectionOf(run())).to.be.instanceOf(NoRoom);
    expect((await versions.list()).map(({ name }) => name)).to.deep.equal(['6']);
    expect(records.map(({ type }) => type)).to.deep.equal(['StartReplay', 'DiscardReplay']);
  });
}

describe('the live version', () => {
  const version = (name: string, usedAt: string | null, fields: object = {}): Version => ({
    name,
    bytes: 0,
    usedAt,
    checkpoint: { log: 'the log', position: 1n, generation: 'g', isFilled: true, ...fields },
  });

  it('is the one used last among the whole versions of this log', () => {
    const all = [
      version('3', '2026-01-03T00:00:00.000Z', { log: 'another' }),
      version('4', '2026-01-02T00:00:00.000Z', { isFilled: false }),
      version('5', null),
      version('6', '2026-01-01T00:00:00.000Z'),
      version(String(VIEWS_VERSION), '2026-01-04T00:00:00.000Z'),
    ];
    expect(liveAmong(all, { id: 'the log' })?.name).to.equal('6');
    expect(liveAmong([version('5', null)], { id: 'the log' })?.name).to.equal('5');
    expect(liveAmong([version(String(VIEWS_VERSION), null)], { id: 'the log' })).to.equal(null);
  });
});
