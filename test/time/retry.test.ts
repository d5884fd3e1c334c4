import { expect } from 'chai';
import { doubling, retry } from '../../src/time/retry.ts';
import { rejectionOf } from '../support/rejection-of.ts';

describe('trying again', () => {
  const when = () => true;
  /** Fails the first so many times. */
  const failing = (times: number) => {
    const work = async (tries: number) => {
      work.calls += 1;
      if (work.calls <= times) throw new Error(`failure ${work.calls}`);
      return tries;
    };
    work.calls = 0;
    return work;
  };

  it('ends with the first success', async () => {
    const work = failing(2);
    expect(await retry(work, { when })).to.equal(3);
    expect(work.calls).to.equal(3);
  });

  it('is done only if it may help', async () => {
    const work = failing(2);
    const error = await rejectionOf(retry(work, { when: (failure) => (failure as Error).message !== 'failure 2' }));
    expect([error.message, work.calls]).to.deep.equal(['failure 2', 2]);
  });

  it('ends after its number of tries, and after its time, with the last failure', async () => {
    expect((await rejectionOf(retry(failing(9), { when, tries: 3 }))).message).to.equal('failure 3');
    expect((await rejectionOf(retry(failing(9), { when, withinMs: 1, pauseMs: () => 60_000 }))).message).to.equal(
      'failure 1',
    );
  });

  it('makes growing pauses, and begins with the first again after progress', async () => {
    const pauses: number[] = [];
    const work = async (_tries: number, gotFurther: () => void) => {
      if (pauses.length === 3) gotFurther();
      if (pauses.length < 5) throw new Error('not yet');
    };
    await retry(work, { when, pauseMs: doubling(1, 3), onFailure: (_error, pauseMs) => pauses.push(pauseMs) });
    expect(pauses).to.deep.equal([1, 2, 3, 1, 2]);
  });

  it('ends in a pause if its signal aborts, with the last failure', async () => {
    const ending = new AbortController();
    const pauseMs = () => 60_000;
    const trying = retry(failing(9), { when, pauseMs, signal: ending.signal, onFailure: () => ending.abort() });
    expect((await rejectionOf(trying)).message).to.equal('failure 1');
  });
});
