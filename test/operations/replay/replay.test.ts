import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Difference } from '../../../src/operations/replay/difference.ts';
import { type ReplayHooks, replay } from '../../../src/operations/replay/replay.ts';
import { Follower } from '../../../src/projections/follower.ts';
import { InlineProjector } from '../../../src/projections/inline-projector.ts';
import type { VersionBeside } from '../../../src/projections/read-model.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';
import { until } from '../../support/until.ts';

const silent = { info: () => {}, warn: () => {} };

describe('a replay', () => {
  let stores: TestStores;
  let version: VersionBeside;
  let differences: Difference[];
  const nobody = new AbortController().signal;

  const append = async (id: string = randomUUID()): Promise<string> => {
    await stores.log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'any');
    return id;
  };
  const levelLive = () =>
    new Follower(stores.log, stores.readModel, new InlineProjector(stores.readModel), silent).untilLevel();
  const run = (hooks: Partial<ReplayHooks> = {}, signal = nobody) =>
    replay(
      stores.log,
      stores.readModel,
      version,
      {
        onProgress: () => {},
        onWarning: () => {},
        onFilled: () => {},
        onDifference: async (difference) => {
          differences.push(difference);
        },
        mayGoLive: async () => true,
        ...hooks,
      },
      signal,
    );
  const repair = (id: string, fields: object) =>
    stores.readModel.get('import', id).then(async (stored) => {
      if (stored === null) throw new Error('there is no view');
      await stores.readModel.repair('import', id, stored, { ...stored, view: { ...stored.view, ...fields } });
    });

  beforeEach(async () => {
    stores = await openTestStores();
    differences = [];
    version = await stores.readModel.beside('this version');
  });

  afterEach(async () => {
    await version.close();
    await stores.close();
  });

  it('tells no difference where there is none, and switches', async () => {
    const id = await append();
    await levelLive();
    const { generation } = (await stores.readModel.checkpoint()) ?? {};
    const { comparison, isLive, events } = await run();
    expect(comparison).to.include({ equal: 1, changed: 0, added: 0, removed: 0, late: 0 });
    expect({ isLive, events, differences }).to.deep.equal({ isLive: true, events: 1, differences: [] });
    await until('it is live', async () => (await stores.readModel.checkpoint())?.generation !== generation);
    expect(await stores.readModel.get('import', id)).to.not.equal(null);
  });

  it('tells what is changed, added and removed, field by field', async () => {
    const ids = (await Promise.all([append(), append(), append()])).sort();
    const [changed, added, equal] = ids as [string, string, string];
    await levelLive();
    await repair(changed, { album_id: 'another' });
    await stores.readModel.repair('import', added, await stores.readModel.get('import', added), null);
    const stored = await stores.readModel.get('import', equal);
    if (stored === null) throw new Error('there is no view');
    const removed = randomUUID();
    await stores.readModel.repair('import', removed, null, { ...stored, view: { ...stored.view, id: removed } });
    const { comparison } = await run();
    expect(comparison).to.include({ equal: 1, changed: 1, added: 1, removed: 1, late: 0 });
    expect(comparison.fields).to.deep.equal(new Map([['album_id', 1]]));
    const told = new Map(differences.map((difference) => [difference.id, difference]));
    expect(told.get(changed)).to.deep.equal({
      kind: 'import',
      id: changed,
      what: 'changed',
      changes: [{ field: 'album_id', before: '"another"', after: '"5005800000HEXCtAAP"' }],
    });
    expect(told.get(added)?.what).to.equal('added');
    expect(told.get(removed)?.what).to.equal('removed');
  });

  it('switches to nothing where it may not, and can be gone on with', async () => {
    await append();
    await levelLive();
    const before = await stores.readModel.checkpoint();
    expect((await run({ mayGoLive: async () => false })).isLive).to.equal(false);
    expect(await stores.readModel.checkpoint()).to.deep.equal(before);
    const { id } = version;
    await version.close();
    version = await stores.readModel.beside('this version');
    expect(version).to.include({ id, isResumed: true });
  });

  it('takes along what is appended while it waits for an answer', async () => {
    await append();
    await levelLive();
    let late = '';
    await run({
      mayGoLive: async () => {
        late = await append();
        return true;
      },
    });
    await until('it is live', async () => (await stores.readModel.get('import', late)) !== null);
  });

  it('does not tell as a difference what the live one has yet to catch up with', async () => {
    await append();
    await levelLive();
    await append();
    const { comparison } = await run();
    expect(comparison).to.include({ equal: 1, changed: 0, added: 0, removed: 0, late: 1 });
    expect(differences).to.deep.equal([]);
  });

  it('waits for what is under way on the live one', async () => {
    await append();
    await levelLive();
    await append();
    const { comparison } = await run({ onFilled: () => void setTimeout(levelLive, 200) });
    expect(comparison).to.include({ equal: 2, added: 0, late: 0 });
  });

  it('stops by its signal, with what it did kept', async () => {
    for (let count = 0; count < 3; count += 1) await append();
    await levelLive();
    const before = await stores.readModel.checkpoint();
    for (const when of ['onProgress', 'onFilled', 'mayGoLive'] as const) {
      const stop = new AbortController();
      const hook = {
        [when]: async () => {
          stop.abort();
          return true;
        },
      };
      expect(await rejectionOf(run(hook, stop.signal))).to.equal(stop.signal.reason);
      expect((await version.readModel.checkpoint())?.position).to.equal(3n);
    }
    expect(await stores.readModel.checkpoint()).to.deep.equal(before);
  });

  it('says how far it is', async () => {
    for (let count = 0; count < 3; count += 1) await append();
    await levelLive();
    const told: unknown[] = [];
    await run({ onProgress: (...progress) => told.push(progress) });
    expect(told.at(-1)).to.deep.equal([3, 1]);
  });
});
