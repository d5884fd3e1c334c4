import { expect } from 'chai';
import { Pace } from '../../../src/operations/scrub/pace.ts';

/** Does nothing else for so long. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

async function restOf(pace: Pace): Promise<number> {
  const before = performance.now();
  await pace.rest();
  return performance.now() - before;
}

describe('the pace of work in the background', () => {
  it('rests nine times as long as the work took, and not from what was before it', async () => {
    const pace = new Pace(new AbortController().signal);
    work(500);
    pace.begin();
    work(10);
    const rested = await restOf(pace);
    expect(rested).to.be.greaterThan(85);
    expect(rested).to.be.lessThan(4_500);
  });

  it('rests no more once it is to end', async () => {
    const ending = new AbortController();
    const pace = new Pace(ending.signal);
    work(100);
    ending.abort();
    expect(await restOf(pace)).to.be.lessThan(800);
  });
});
