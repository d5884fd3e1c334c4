import { expect } from 'chai';
import { decode } from '../../src/events/decode.ts';
import type { DomainEvent } from '../../src/events/event-types.ts';
import { planRepair, repair } from '../../src/operations/repair.ts';
import { viewNamed } from '../../src/projections/fold.ts';
import { project } from '../../src/projections/project.ts';
import type { Stored } from '../../src/projections/queries.ts';
import { userView } from '../projections/some-views.ts';
import { newEvent, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';
import { replacing } from '../support/replacing.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';

const ORGANIZATION = USER_REGISTERED.data.organization_id;

describe('a repair', () => {
  const view = userView({ organization_id: 'a3b1f2f0-7d5c-4c58-9d59-6a2f7a6f4f10' });
  const { id } = view;
  const stream = `user-${id}`;
  let stores: TestStores;

  beforeEach(async () => {
    stores = await openTestStores();
    await stores.log.append(stream, [newEvent(USER_REGISTERED)], 'no_stream');
  });

  afterEach(() => stores.close());

  const put = (revision: number) => stores.readModel.repair('user', id, null, { revision, view });
  const projectAll = async () => {
    const events: DomainEvent[] = (await stores.log.readStream(stream)).map(decode);
    await project(stores.readModel, events);
  };
  /** The read model, in which something happens just before and after each repair of a view. */
  const disturbed = (before: () => Promise<unknown>, after = async () => {}) =>
    replacing(stores.readModel, {
      async repair(...args) {
        await before();
        const outcome = await stores.readModel.repair(...args);
        await after();
        return outcome;
      },
    });

  it('is nothing if the view is right', async () => {
    await projectAll();
    expect(await planRepair(stores, viewNamed('user', id))).to.equal(null);
    expect(await repair(stores, viewNamed('user', id))).to.equal(null);
  });

  it('writes a view that is missing', async () => {
    expect(await repair(stores, viewNamed('user', id))).to.deep.include({ before: null });
    expect((await stores.readModel.get('user', id))?.view.organization_id).to.equal(ORGANIZATION);
  });

  it('goes back to the revision that the stream has', async () => {
    await put(7);
    expect((await repair(stores, viewNamed('user', id)))?.after?.revision).to.equal(0);
    expect((await stores.readModel.get('user', id))?.view.organization_id).to.equal(ORGANIZATION);
  });

  it('does what was planned, and planning changes nothing', async () => {
    await put(7);
    const planned = await planRepair(stores, viewNamed('user', id));
    expect((await stores.readModel.get('user', id))?.revision).to.equal(7);
    expect(await repair(stores, viewNamed('user', id))).to.deep.equal(planned);
  });

  it('does not undo what a projector writes meanwhile', async () => {
    await put(0);
    let isFirst = true;
    const readModel = disturbed(async () => {
      if (!isFirst) return;
      isFirst = false;
      // Evolved from the wrong view.
      await stores.log.append(stream, [newEvent(USER_REMOVED)], 0);
      await projectAll();
      expect((await stores.readModel.get('user', id))?.revision).to.equal(1);
    });
    const done = await repair({ log: stores.log, readModel }, viewNamed('user', id));
    expect(done?.after?.revision).to.equal(1);
    const stored = (await stores.readModel.get('user', id)) as Stored<'user'>;
    expect(stored.view).to.include({
      registered_at: '2019-04-08T17:38:58.041Z',
      removed_at: '2019-04-08T17:38:58.041Z',
    });
    expect(stored.view.organization_id).to.equal(ORGANIZATION);
    expect(await planRepair(stores, viewNamed('user', id))).to.equal(null);
  });

  it('compares again after its write: a projector may have continued with the wrong view', async () => {
    await put(7);
    let writes = 0;
    const spoil = async () => {
      writes += 1;
      const stored = (await stores.readModel.get('user', id)) as Stored<'user'>;
      if (writes === 1) await stores.readModel.repair('user', id, stored, { ...stored, view });
    };
    const done = await repair({ log: stores.log, readModel: disturbed(async () => {}, spoil) }, viewNamed('user', id));
    expect(done?.before).to.deep.equal({ revision: 7, view });
    expect(writes).to.equal(2);
    expect((await stores.readModel.get('user', id))?.view.organization_id).to.equal(ORGANIZATION);
  });

  it('removes a view that the log does not have', async () => {
    const stray = userView();
    await stores.readModel.repair('user', stray.id, null, { revision: 3, view: stray });
    expect(await repair(stores, viewNamed('user', stray.id))).to.deep.equal({
      view: viewNamed('user', stray.id),
      before: { revision: 3, view: stray },
      after: null,
    });
    expect(await stores.readModel.get('user', stray.id)).to.equal(null);
  });

  it('does not change a view that a later version folded further', async () => {
    await stores.log.append(stream, [newEvent({ ...USER_REGISTERED, data: {} })], 0);
    await put(1);
    expect(await repair(stores, viewNamed('user', id))).to.equal(null);
    expect((await stores.readModel.get('user', id))?.revision).to.equal(1);
  });
});
