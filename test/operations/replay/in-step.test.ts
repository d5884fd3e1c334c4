import { expect } from 'chai';
import { inStep } from '../../../src/operations/replay/in-step.ts';

/** U+FFFD comes before U+1F600 in UTF-8, and after it in UTF-16. */
const CASES: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  ['nothing', [], [], []],
  ['one side alone', ['a', 'b'], [], ['a-', 'b-']],
  ['the other side alone', [], ['a', 'b'], ['-a', '-b']],
  ['equal sides', ['a', 'b'], ['a', 'b'], ['aa', 'bb']],
  ['gaps on both sides', ['a', 'c', 'd'], ['b', 'c', 'e'], ['a-', '-b', 'cc', 'd-', '-e']],
  ['ids in the order of UTF-8', ['\uFFFD', '\u{1F600}'], ['\u{1F600}'], ['\uFFFD-', '\u{1F600}\u{1F600}']],
];

describe('two sequences of views in step', () => {
  for (const [what, before, after, expected] of CASES) {
    it(`give each id once: ${what}`, async () => {
      const run = async function* (ids: readonly string[]): AsyncGenerator<{ id: string }> {
        for (const id of ids) yield { id };
      };
      const pairs = await Array.fromAsync(inStep(run(before), run(after)));
      expect(pairs.map(({ before, after }) => `${before?.id ?? '-'}${after?.id ?? '-'}`)).to.deep.equal(expected);
    });
  }
});
