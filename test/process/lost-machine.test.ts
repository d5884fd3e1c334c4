import { expect } from 'chai';
import { loseTheMachine } from '../support/lost-machine.ts';

describe('a machine that is lost under load', () => {
  it('loses nothing that the backup had acknowledged, and the service starts elsewhere', async () => {
    const { acknowledged, lost } = await loseTheMachine(100);
    expect(lost).to.deep.equal([]);
    expect(acknowledged.images).to.be.above(0);
  }).timeout(180_000);
});
