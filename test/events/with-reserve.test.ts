import { expect } from 'chai';
import { observedLog } from '../../src/events/observed-log.ts';
import { withReserve } from '../../src/events/with-reserve.ts';
import { healthOf } from '../../src/operations/health/health.ts';
import { LastOutcome } from '../../src/time/last-outcome.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { openTestStores, type TestStores } from '../support/stores.ts';
import { newEvent, newStream } from './new-event.ts';

describe('a log on a disk of which less than the reserve is free', () => {
  let stores: TestStores;
  const room = { isLow: true, look: () => true };

  beforeEach(async () => {
    stores = await openTestStores();
    room.isLow = true;
  });

  afterEach(() => stores.close());

  it('takes no events and is not ready, is read, and goes on when there is room', async () => {
    const appends = new LastOutcome();
    const observer = { appended: () => {}, appendFailed: () => {} };
    const log = observedLog(withReserve(stores.log, room, '/data'), observer, appends);
    const append = () => log.append(newStream(), [newEvent()], 'no_stream');
    const health = healthOf({ log, readModel: stores.readModel, appends });

    const error = await rejectionOf(append());
    expect(error).to.have.property('code', 'log_unavailable');
    expect(error.message).to.match(/less than 16 MB are free on the disk of \/data.+Make room/);
    expect(await log.readAll(0n, 10)).to.deep.equal([]);
    expect(await health()).to.include({ isReady: false, log: error.message });

    room.isLow = false;
    await append();
    expect(await health()).to.include({ isReady: true, log: 'ok' });
  });
});
