import { expect } from 'chai';
import { ensureMark, markIn } from '../../src/importer/mark.ts';
import { newEvent } from '../support/events.ts';
import { type ImportStores, openImportStores } from '../support/import-stores.ts';

describe('the mark of an importer', () => {
  let stores: ImportStores;

  beforeEach(async () => {
    stores = await openImportStores();
  });

  afterEach(() => stores.close());

  const ensure = (service = 'here') => ensureMark(stores.log, stores.execute, service);
  const append = (log: string, service: string, position: string) =>
    stores.log.append('operations', [newEvent({ type: 'ImporterMarked', data: { log, service, position } })], 'any');

  it('is made at the end of the log, once', async () => {
    await stores.request();
    expect(await markIn(stores.log, 'here')).to.equal(null);
    const { isNew, ...mark } = await ensure();
    expect(isNew).to.equal(true);
    expect(mark.performed).to.deep.equal({ log: stores.log.id, after: 1n });
    await stores.request();
    expect(await ensure()).to.deep.equal({ ...mark, isNew: false });
    expect(await markIn(stores.log, 'here')).to.deep.equal(mark);
    expect(await stores.log.readStream('operations')).to.have.length(1);
  });

  it('is one if two nodes start at once, and one of them made it', async () => {
    const marks = await Promise.all([ensure(), ensure()]);
    expect(marks.map(({ isNew }) => isNew).sort()).to.deep.equal([false, true]);
    expect(marks[0].performed).to.deep.equal(marks[1].performed);
    expect(await stores.log.readStream('operations')).to.have.length(1);
  });

  it('is not that of another log, or of another installation', async () => {
    await append('0d9fdc6b-0c5e-4a61-a5f6-95c58e6b2f41', 'here', '0');
    await append(stores.log.id, 'elsewhere', '0');
    expect(await markIn(stores.log, 'here')).to.equal(null);
    expect((await ensure()).performed.after).to.equal(2n);
  });
});
