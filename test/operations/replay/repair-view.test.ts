import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { repairView } from '../../../src/operations/replay/repair-view.ts';
import { IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';

describe('repairing one view', () => {
  let stores: TestStores;
  let id: string;
  const repair = (isDry = false) => repairView(stores.log, stores.readModel, 'import', id, isDry);
  const album = async () => (await stores.readModel.get('import', id))?.view.album_id;

  beforeEach(async () => {
    stores = await openTestStores();
    id = randomUUID();
    await stores.log.append(`import-${id}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
  });

  afterEach(() => stores.close());

  it('writes one that is missing', async () => {
    expect((await repair())?.difference).to.include({ what: 'added', id });
    expect(await album()).to.equal('5005800000HEXCtAAP');
  });

  it('writes one that differs, tells how, and finds nothing to do the second time', async () => {
    await repair();
    const stored = await stores.readModel.get('import', id);
    if (stored === null) throw new Error('there is no view');
    const wrong = { ...stored, view: { ...stored.view, album_id: 'another' } };
    await stores.readModel.repair('import', id, stored, wrong);
    const changes = [{ field: 'album_id', before: '"another"', after: '"5005800000HEXCtAAP"' }];
    expect((await repair(true))?.difference).to.deep.equal({ kind: 'import', id, what: 'changed', changes });
    expect(await album(), 'after a dry run').to.equal('another');
    expect((await repair())?.difference?.changes).to.deep.equal(changes);
    expect(await album()).to.equal('5005800000HEXCtAAP');
    expect(await repair()).to.deep.equal({ difference: null });
  });

  it('knows nothing of one that is not in the log', async () => {
    id = randomUUID();
    expect(await repair()).to.equal(null);
  });

  it('leaves one alone whose events this version cannot fold', async () => {
    await repair();
    await stores.log.append(`import-${id}`, [newEvent({ type: 'ImportPolished', data: {} })], 0);
    expect((await rejectionOf(repair())).message).to.match(/^Revision 1 of it cannot be folded: .*ImportPolished/);
  });

  it('looks again at what it wrote: a projector may have gone on with the wrong one', async () => {
    let writes = 0;
    const wrongAgain = async () => {
      const stored = await stores.readModel.get('import', id);
      if (stored === null) throw new Error('there is no view');
      await stores.readModel.repair('import', id, stored, { ...stored, view: { ...stored.view, album_id: 'another' } });
    };
    const mendThenRace: typeof stores.readModel.repair = async (...args) => {
      const written = await stores.readModel.repair(...args);
      if (writes++ === 0) await wrongAgain();
      return written;
    };
    const readModel = new Proxy(stores.readModel, {
      get(target, name) {
        if (name === 'repair') return mendThenRace;
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const repaired = await repairView(stores.log, readModel, 'import', id, false);
    expect(repaired?.difference?.what).to.equal('added');
    expect({ writes, album: await album() }).to.deep.equal({ writes: 2, album: '5005800000HEXCtAAP' });
  });

  it('begins again where a projector was first', async () => {
    let races = 0;
    const readModel = new Proxy(stores.readModel, {
      get(target, name) {
        if (name === 'repair' && races++ === 0) return async () => 'lost';
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await repairView(stores.log, readModel, 'import', id, false);
    expect({ races, album: await album() }).to.deep.equal({ races: 2, album: '5005800000HEXCtAAP' });
  });
});
