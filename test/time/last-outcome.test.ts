import { expect } from 'chai';
import { LastOutcome } from '../../src/time/last-outcome.ts';
import { rejectionOf } from '../support/rejection-of.ts';

describe('the last outcome', () => {
  const trouble = new Error('the test says so');
  let tries: number;
  let outcome: LastOutcome;
  const realNow = performance.now;
  let nowMs = 0;
  const fail = async () => {
    tries += 1;
    throw trouble;
  };
  const work = async () => {
    tries += 1;
  };

  beforeEach(() => {
    tries = 0;
    outcome = new LastOutcome();
    nowMs = 1_000_000;
    performance.now = () => nowMs;
  });

  afterEach(() => {
    performance.now = realNow;
  });

  it('is a success if nothing was done, or if it worked, and nothing is tried', async () => {
    await outcome.assertWorks();
    outcome.failed(trouble, fail);
    outcome.worked();
    await outcome.assertWorks();
    expect(tries).to.equal(0);
  });

  it('is tried first by who asks, if that was said, and not again once it worked', async () => {
    const first = new LastOutcome(work);
    await first.assertWorks();
    await first.assertWorks();
    expect(tries).to.equal(1);
    expect(await rejectionOf(new LastOutcome(fail).assertWorks())).to.equal(trouble);
  });

  it('is tried again after it failed, until it works', async () => {
    outcome.failed(trouble, work);
    await outcome.assertWorks();
    await outcome.assertWorks();
    expect(tries).to.equal(1);
  });

  it('is tried at most once a second, once for all callers, and is the last known one in between', async () => {
    outcome.failed(trouble, fail);
    const asking = Array.from({ length: 10 }, () => rejectionOf(outcome.assertWorks()));
    expect(await Promise.all(asking)).to.deep.equal(Array(10).fill(trouble));
    expect(tries).to.equal(1);
    nowMs += 990;
    expect(await rejectionOf(outcome.assertWorks())).to.equal(trouble);
    expect(tries).to.equal(1);
    nowMs += 20;
    expect(await rejectionOf(outcome.assertWorks())).to.equal(trouble);
    expect(tries).to.equal(2);
  });
});
