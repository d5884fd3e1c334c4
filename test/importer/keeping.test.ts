import { expect } from 'chai';
import { Keeping } from '../../src/importer/keeping.ts';
import { FakeClock } from '../support/fake-clock.ts';

const MINUTE_MS = 60_000;

describe('what is known of keeping images', () => {
  let clock: FakeClock;
  let keeping: Keeping;

  beforeEach(() => {
    clock = new FakeClock();
    keeping = new Keeping(clock);
  });

  it('is no trouble at first, and after an image that was kept', () => {
    expect(keeping.trouble).to.equal(null);
    keeping.failed(new Error('no space left'), 500);
    keeping.worked(500);
    expect(keeping.trouble).to.equal(null);
  });

  it('is the last reason, since the first failure', async () => {
    const since = new Date(clock.now()).toISOString();
    keeping.failed(new Error('no space left'), 500);
    await clock.pass(10 * MINUTE_MS);
    keeping.failed(new Error('read-only'), 900);
    expect(keeping.trouble).to.deep.equal({ reason: 'read-only', since });
  });

  it('stays trouble if only a smaller image can be kept, as on a disk that is nearly full', () => {
    keeping.failed(new Error('no space left'), 500);
    keeping.failed(new Error('no space left'), 900);
    keeping.worked(499);
    expect(keeping.trouble).not.to.equal(null);
    keeping.worked(500);
    expect(keeping.trouble).to.equal(null);
  });

  it('is forgotten once nobody has tried for a while, and begins anew', async () => {
    keeping.failed(new Error('no space left'), 500);
    await clock.pass(15 * MINUTE_MS + 1);
    expect(keeping.trouble).to.equal(null);
    const since = new Date(clock.now()).toISOString();
    keeping.failed(new Error('no space left'), 900);
    expect(keeping.trouble?.since).to.equal(since);
    keeping.worked(600);
    expect(keeping.trouble).not.to.equal(null);
  });
});
