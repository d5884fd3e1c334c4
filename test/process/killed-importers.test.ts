import { expect } from 'chai';
import { killedWhilePerforming } from '../support/killed-importers.ts';

/** `npm run kill-importers` does it more often. */
describe('imports whose workers are killed at random moments', () => {
  it('end with one image each, whose bytes are whole, and none is lost', async function () {
    this.timeout(300_000);
    const { acknowledged, takenOver, wrong } = await killedWhilePerforming(6);
    expect(wrong).to.deep.equal([]);
    expect(acknowledged).to.be.above(30);
    expect(takenOver).to.be.above(0);
  });
});
