import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { Sha256Set } from '../../../src/importer/blobs/sha256-set.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { sha256Of } from './drafted.ts';

const some = (count: number, of = 'some') => Array.from({ length: count }, (_, index) => sha256Of(`${of} ${index}`));

describe('a set of sha256', () => {
  it('has what was added and not deleted since, like any set', () => {
    const [set, model] = [new Sha256Set(), new Set<string>()];
    const candidates = some(5_000);
    // Pairs of numbers that follow from a seed.
    for (let step = 0; step < 40_000; step += 1) {
      const digest = createHash('sha256').update(`step ${step}`).digest();
      const sha256 = candidates[digest.readUInt16BE(0) % candidates.length] as string;
      if (digest.readUInt8(2) < 150) {
        set.add(sha256);
        model.add(sha256);
      } else {
        set.delete(sha256);
        model.delete(sha256);
      }
    }
    expect(set.size).to.equal(model.size);
    expect(candidates.filter((sha256) => set.has(sha256) !== model.has(sha256))).to.deep.equal([]);
  });

  it('tells those apart that begin alike', () => {
    const set = new Sha256Set();
    const [one, other] = [`${'0'.repeat(17)}1${'0'.repeat(46)}`, `${'0'.repeat(18)}${'0'.repeat(46)}`];
    set.add(one);
    expect([set.has(one), set.has(other)]).to.deep.equal([true, false]);
    set.delete(one);
    expect([set.has(one), set.has(other), set.size]).to.deep.equal([false, false, 0]);
  });

  it('deletes from a first byte on', () => {
    const set = new Sha256Set();
    const all = some(2_000);
    for (const sha256 of all) set.add(sha256);
    set.deleteFrom(0x80);
    expect(all.filter((sha256) => set.has(sha256))).to.deep.equal(all.filter((sha256) => sha256 < '8'));
    expect(set.size).to.equal(all.filter((sha256) => sha256 < '8').length);
  });

  it('takes some 16 bytes for each', () => {
    const heldBytes = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = heldBytes();
    const set = new Sha256Set();
    for (const sha256 of some(100_000)) set.add(sha256);
    const after = heldBytes();
    expect(set.size).to.equal(100_000);
    expect(after - before).to.be.below(100_000 * 30);
  });
});
