import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { Turns } from '../../../src/http/limits/turns.ts';

/** Work that ends when the test says so; `begun` has the names in the order in which they began. */
function workshop(turns: Turns) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = (party: string, name: string, weight = 1) =>
    turns.run(party, weight, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await nextTurn();
  };
  return { begun, start, end };
}

describe('turns', () => {
  it('let in at once what fits', async () => {
    const { begun, start } = workshop(new Turns(2));
    start('a', 'a1');
    start('b', 'b1');
    start('c', 'c1');
    await nextTurn();
    expect(begun).to.deep.equal(['a1', 'b1']);
  });

  it('let a party that has waited for nothing pass one that floods', async () => {
    const { begun, start, end } = workshop(new Turns(1));
    for (let number = 1; number <= 100; number += 1) start('flood', `flood ${number}`);
    start('other', 'other');
    await nextTurn();
    await end('flood 1');
    await end(begun[1] as string);
    expect(begun.slice(0, 3)).to.include('other');
  });

  it('go by weight: light work of one party does not wait for as much heavy work of another', async () => {
    const { begun, start, end } = workshop(new Turns(100));
    for (let number = 1; number <= 5; number += 1) start('heavy', `heavy ${number}`, 100);
    for (let number = 1; number <= 50; number += 1) start('light', `light ${number}`, 1);
    await nextTurn();
    for (let ended = 0; !begun.includes('light 50'); ended += 1) await end(begun[ended] as string);
    expect(begun.filter((name) => name.startsWith('heavy')).length).to.be.at.most(2);
  });

  it('keep the order of one party', async () => {
    const { begun, start, end } = workshop(new Turns(1));
    for (const name of ['1', '2', '3', '4']) start('a', name);
    await nextTurn();
    for (const name of ['1', '2', '3']) await end(name);
    expect(begun).to.deep.equal(['1', '2', '3', '4']);
  });

  it('let in work that is heavier than the place, alone', async () => {
    const { begun, start, end } = workshop(new Turns(10));
    start('a', 'small');
    start('a', 'huge', 1_000);
    start('b', 'small too');
    await nextTurn();
    expect(begun).to.deep.equal(['small']);
    await end('small');
    await end(begun[1] as string);
    expect(begun).to.have.members(['small', 'huge', 'small too']);
  });

  it('go on after work that failed, and pass its error on', async () => {
    const turns = new Turns(1);
    const failing = turns.run('a', 1, () => Promise.reject(new Error('no')));
    const next = turns.run('a', 1, async () => 'next');
    expect(await failing.catch((error) => error.message)).to.equal('no');
    expect(await next).to.equal('next');
  });
});
