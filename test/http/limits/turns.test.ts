import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { Turns } from '../../../src/http/limits/turns.ts';
import type { Problem } from '../../../src/http/out/problem.ts';

const LONG_MS = 60_000;

/** Work that ends when the test says so; `begun` has the names in the order in which they began. */
function workshop(turns: Turns) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const start = async (party: string, ...names: string[]) => {
    for (const name of names) {
      void turns.run(party, () => {
        begun.push(name);
        return new Promise<void>((resolve) => ends.set(name, resolve));
      });
    }
    await nextTurn();
  };
  const end = async (name: string) => {
    ends.get(name)?.();
    await nextTurn();
  };
  return { begun, start, end };
}

describe('the turns of parties', () => {
  it('let in as many at once as there are places', async () => {
    const { begun, start } = workshop(new Turns(2, LONG_MS));
    await start('a', 'a1');
    await start('b', 'b1', 'b2');
    expect(begun).to.deep.equal(['a1', 'b1']);
  });

  it('let a later party overtake one that floods', async () => {
    const { begun, start, end } = workshop(new Turns(1, LONG_MS));
    await start('flood', ...Array.from({ length: 100 }, (_, index) => `flood ${index}`));
    await start('other', 'other');
    await end('flood 0');
    await end(begun[1] as string);
    expect(begun.slice(0, 3)).to.include('other');
  });

  it('alternate between parties that both flood', async () => {
    const { begun, start, end } = workshop(new Turns(1, LONG_MS));
    await start('a', 'a1', 'a2', 'a3');
    await start('b', 'b1', 'b2');
    for (let ended = 0; ended < 4; ended += 1) await end(begun[ended] as string);
    expect(begun.slice(1).filter((name) => name.startsWith('a'))).to.have.length(2);
    expect(begun.slice(1, 3).map((name) => name[0])).to.have.members(['a', 'b']);
  });

  it('keep the order of one party', async () => {
    const { begun, start, end } = workshop(new Turns(1, LONG_MS));
    await start('a', '1', '2', '3', '4');
    for (const name of ['1', '2', '3']) await end(name);
    expect(begun).to.deep.equal(['1', '2', '3', '4']);
  });

  it('go on after work that failed, and pass its error on', async () => {
    const turns = new Turns(1, LONG_MS);
    const failing = turns.run('a', () => Promise.reject(new Error('no')));
    const next = turns.run('a', async () => 'next');
    expect(await failing.catch((error) => error.message)).to.equal('no');
    expect(await next).to.equal('next');
  });

  it('refuse a request that waits too long with 503, and work after that', async () => {
    const turns = new Turns(1, 1);
    const leave = await turns.enter('a');
    const refused = (await turns.enter('b').catch((problem) => problem)) as Problem;
    expect([refused.status, refused.code]).to.deep.equal([503, 'overloaded']);
    leave();
    expect(await turns.run('c', async () => 'done')).to.equal('done');
  });
});
