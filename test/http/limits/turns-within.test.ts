import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { TurnsWithin } from '../../../src/http/limits/turns-within.ts';

/** Starts work of members (`party/member`) in this order, lets one after the other end, and gives the order in which they began. */
async function orderOf(turns: TurnsWithin, names: readonly string[]): Promise<string[]> {
  const begun: string[] = [];
  const all = names.map((name) => {
    const [party, member] = name.split('/') as [string, string];
    return turns.run(party, member, async () => {
      begun.push(name);
      await nextTurn();
    });
  });
  await Promise.all(all);
  return begun;
}

describe('turns of parties and of the members within them', () => {
  it('let another party in after one work of a party with many members that flood', async () => {
    const flood = Array.from({ length: 240 }, (_, index) => `flood/${index % 12}`);
    const order = await orderOf(new TurnsWithin(), [...flood, 'other/one', 'other/two']);
    expect(order).to.have.length(242);
    expect(order.indexOf('other/one')).to.be.below(4);
    expect(order.indexOf('other/two')).to.be.below(6);
  });

  it('let a member in after one work of each other member of its party', async () => {
    const flood = Array.from({ length: 100 }, () => 'a/flood');
    const order = await orderOf(new TurnsWithin(), [...flood, 'a/one', 'a/two']);
    expect(order.slice(0, 4)).to.include.members(['a/one', 'a/two']);
  });

  it('let one in at a time, and go on after work that fails', async () => {
    const turns = new TurnsWithin();
    let inside = 0;
    let most = 0;
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'a', 'c', 'b'].map((party, index) =>
        turns.run(party, 'm', async () => {
          inside += 1;
          most = Math.max(most, inside);
          await nextTurn();
          inside -= 1;
          if (index % 2 === 0) throw new Error('it fails');
          return index;
        }),
      ),
    );
    expect(outcomes.map(({ status }) => status === 'fulfilled')).to.deep.equal([false, true, false, true, false]);
    expect(most).to.equal(1);
  });
});
