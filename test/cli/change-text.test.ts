import { expect } from 'chai';
import { changeLine } from '../../src/cli/change-text.ts';

describe('a change at a terminal', () => {
  for (const [what, change, line] of [
    ['of a value', { field: 'a', before: 'null', after: '"x"' }, 'a: null → "x"'],
    ['that brings a field', { field: 'a', before: null, after: '"x"' }, 'a: "x"'],
    ['that is long', { field: 'a', before: null, after: 'x'.repeat(200) }, `a: ${'x'.repeat(120)}…`],
    ['that is hostile', { field: 'a', before: null, after: '"\u202e\u009b"' }, 'a: "\\u{202e}\\u{9b}"'],
  ] as const) {
    it(`${what} is a line`, () => {
      expect(changeLine(change)).to.equal(line);
    });
  }
});
