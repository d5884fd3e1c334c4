import { expect } from 'chai';
import { killedWhileStreaming } from '../../support/killed-streams.ts';

/** `npm run kill-streams` does it more often. */
describe('readers of a service that is killed in mid-stream', () => {
  it('get every event once and in order, with the npm package eventsource', async function () {
    this.timeout(120_000);
    const { recorded, received, acknowledged } = await killedWhileStreaming(2);
    expect(recorded.length).to.be.at.least(acknowledged.length).and.above(40);
    for (const ids of received) expect(ids).to.deep.equal(recorded);
  });
});
