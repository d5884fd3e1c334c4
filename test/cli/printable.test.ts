import { expect } from 'chai';
import { printable } from '../../src/cli/printable.ts';

describe('text from elsewhere, at a terminal', () => {
  for (const [what, text, shown] of [
    ['plain text as it is', 'é 👋 "x"', 'é 👋 "x"'],
    ['escape sequences escaped', '\x1b[2J\u009b1m', '\\u{1b}[2J\\u{9b}1m'],
    ['line ends escaped', 'a\r\nb\u2028', 'a\\u{d}\\u{a}b\\u{2028}'],
    ['what turns the direction of writing escaped', '\u202egpj', '\\u{202e}gpj'],
    ['the beginning of a long text', 'x'.repeat(501), `${'x'.repeat(500)}…`],
  ] as const) {
    it(`shows ${what}`, () => {
      expect(printable(text)).to.equal(shown);
    });
  }
});
