import { expect } from 'chai';
import { MemoryBudget } from '../../../src/http/limits/memory-budget.ts';
import type { Problem } from '../../../src/http/out/problem.ts';

const MIB = 1024 * 1024;

function statusOf(work: () => void): number | null {
  try {
    work();
    return null;
  } catch (error) {
    return (error as Problem).status;
  }
}

describe('the memory budget', () => {
  it('answers 429 only to a caller who holds too much in several requests', () => {
    const budget = new MemoryBudget(1_000 * MIB);
    const [first, second, other] = [budget.open('a'), budget.open('a'), budget.open('b')];
    first.take(100 * MIB);
    expect(statusOf(() => second.take(30 * MIB))).to.equal(429);
    expect(statusOf(() => other.take(30 * MIB))).to.equal(null);
    expect(budget.heldBytes).to.equal(130 * MIB);
  });

  it('answers 503 to everybody if all callers together hold too much', () => {
    const budget = new MemoryBudget(100 * MIB);
    for (let caller = 0; caller < 10; caller += 1) budget.open(String(caller)).take(10 * MIB);
    expect(statusOf(() => budget.open('one more').take(1))).to.equal(503);
  });

  it('has room again after a request has released its bytes', () => {
    const budget = new MemoryBudget(100 * MIB);
    const held = budget.open('a');
    held.take(16 * MIB);
    expect(statusOf(() => budget.open('a').take(1))).to.equal(429);
    held.release();
    held.release();
    expect(budget.heldBytes).to.equal(0);
    expect(statusOf(() => budget.open('a').take(1))).to.equal(null);
  });

  it('counts nothing for a request that has released its bytes', () => {
    const budget = new MemoryBudget(100 * MIB);
    const held = budget.open('a');
    held.release();
    held.take(50 * MIB);
    expect(budget.heldBytes).to.equal(0);
  });
});
