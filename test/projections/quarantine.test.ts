import { expect } from 'chai';
import { quarantinePages, retryQuarantined } from '../../src/projections/quarantine.ts';
import { newEvent, USER_REGISTERED } from '../support/events.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';
import { anEvent } from './some-views.ts';

describe('the events in the quarantine', () => {
  const COUNT = 2_500;
  let stores: TestStores;

  beforeEach(async () => {
    stores = await openTestStores();
    const quarantined = Array.from({ length: COUNT }, (_, index) => {
      return anEvent({ stream: `user-${index}`, revision: 0, position: BigInt(index), reason: 'unknown' });
    });
    await stores.readModel.write({ writes: [], quarantined });
    await stores.log.append(`user-${COUNT - 1}`, [newEvent(USER_REGISTERED)], 'no_stream');
  });

  afterEach(() => stores.close());

  it('are read page by page to the last', async () => {
    const pages = await Array.fromAsync(quarantinePages(stores.readModel));
    expect(pages.flat().map(({ position }) => Number(position))).to.deep.equal([...Array(COUNT).keys()]);
    expect(pages.length).to.be.above(1);
  });

  it('are tried again if they are given, even the newest', async () => {
    let released = 0;
    for await (const page of quarantinePages(stores.readModel)) {
      const retried = await retryQuarantined(stores.log, stores.readModel, page.slice(-1));
      released += retried.released;
      expect(retried.waiting.length + retried.released).to.equal(1);
    }
    expect(released).to.equal(1);
    expect(await stores.readModel.quarantined()).to.have.length(COUNT - 1);
  });

  it('are tried again without reading what the view of their stream has', async () => {
    const stream = `user-${COUNT - 1}`;
    const newest = (await Array.fromAsync(quarantinePages(stores.readModel))).flat().slice(-1);
    await retryQuarantined(stores.log, stores.readModel, newest);
    const from: (number | undefined)[] = [];
    const { readStream } = stores.log;
    stores.log.readStream = (...args) => {
      from.push(args[1]);
      return readStream.apply(stores.log, args);
    };
    await retryQuarantined(stores.log, stores.readModel, [{ ...anEvent({ stream, revision: 1 }), reason: 'unknown' }]);
    expect(from).to.deep.equal([1]);
  });
});
