import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { LoopShare, NOBODY } from '../../../src/http/limits/loop-share.ts';
import type { Problem } from '../../../src/http/out/problem.ts';
import { until } from '../../support/until.ts';

/** Steps that take the time that the test sets, by a clock that only they move. */
function workshop() {
  const clock = { ms: 0 };
  const loop = new LoopShare(() => clock.ms, 60_000);
  const begun: string[] = [];
  const step = async (party: string, name: string, takesMs: number, kind: 'begin' | 'resume' = 'begin') => {
    await loop[kind](party);
    begun.push(name);
    clock.ms += takesMs;
    // The step ends.
    await nextTurn();
  };
  return { clock, loop, begun, step };
}

describe('the share of the event loop', () => {
  it('is all of the time for a party that is alone', async () => {
    const { begun, step } = workshop();
    for (let count = 0; count < 10; count += 1) void step('a', `a${count}`, 1_000);
    await until('all are begun', () => begun.length === 10);
  });

  it('ends for a turn after some milliseconds of steps: further steps begin in the next turns', async () => {
    const { begun, step } = workshop();
    for (let count = 0; count < 10; count += 1) void step('a', `a${count}`, 4);
    await nextTurn();
    expect(begun.length).to.be.within(1, 6);
    await until('all are begun', () => begun.length === 10);
  });

  it('is a part of the time while another party is at work: a party that has used it up waits, and the other one does not', async () => {
    const { begun, step } = workshop();
    await step('other', 'o1', 1);
    await step('flood', 'f1', 50);
    const waiting = step('flood', 'f2', 50);
    await nextTurn();
    await step('other', 'o2', 1);
    expect(begun).to.deep.equal(['o1', 'f1', 'o2']);
    return Promise.race([waiting, nextTurn()]);
  });

  it('is exceeded at the price of waiting', async () => {
    const { clock, begun, step } = workshop();
    await step('other', 'o1', 1);
    await step('flood', 'f1', 30);
    const waiting = step('flood', 'f2', 1);
    clock.ms += 90;
    await nextTurn();
    expect(begun).to.not.include('f2');
    clock.ms += 30;
    await waiting;
    expect(begun).to.deep.equal(['o1', 'f1', 'f2']);
  });

  it('lets a later party overtake those that have used up theirs', async () => {
    const { begun, step } = workshop();
    await step('other', 'o1', 1);
    for (let count = 0; count < 100; count += 1) void step('flood', `f${count}`, 10);
    await nextTurn();
    await step('other', 'o2', 1);
    expect(begun.indexOf('o2')).to.be.at.most(4);
  });

  it('goes to later steps before first steps, and keeps the order of either', async () => {
    const { begun, clock, step } = workshop();
    await step('other', 'o1', 1);
    await step('a', 'a1', 10);
    const all = [
      step('a', 'new 1', 0.1),
      step('a', 'new 2', 0.1),
      step('a', 'later 1', 0.1, 'resume'),
      step('a', 'later 2', 0.1, 'resume'),
    ];
    clock.ms += 100;
    await Promise.all(all);
    expect(begun.slice(2)).to.deep.equal(['later 1', 'later 2', 'new 1', 'new 2']);
  });

  it('is all of the time again after the other party has begun nothing for a while', async () => {
    const { clock, begun, step } = workshop();
    await step('other', 'o1', 1);
    clock.ms += 1_000;
    for (let count = 0; count < 10; count += 1) void step('a', `a${count}`, 1_000);
    await until('all are begun', () => begun.length === 11);
  });

  it('is not reduced by requests without a valid token, while theirs is reduced by any party', async () => {
    const { clock, begun, step } = workshop();
    await step(NOBODY, 'n1', 50);
    for (let count = 0; count < 10; count += 1) void step('a', `a${count}`, 1_000);
    await until('all are begun', () => begun.length === 11);
    clock.ms += 1_000;
    await step('a', 'a10', 1);
    await step(NOBODY, 'n2', 50);
    void step(NOBODY, 'n3', 50);
    await step('a', 'a11', 1);
    expect(begun).to.not.include('n3');
  });

  it('ends the wait of a first step with 503, but never that of a later step', async () => {
    const clock = { ms: 0 };
    const loop = new LoopShare(() => clock.ms, 1);
    await loop.begin('other');
    await loop.begin('flood');
    clock.ms += 50;
    await nextTurn();
    const later = loop.resume('flood');
    const refused = (await loop.begin('flood').catch((problem) => problem)) as Problem;
    expect([refused.status, refused.code]).to.deep.equal([503, 'overloaded']);
    clock.ms += 1_000;
    await later;
  });
});
