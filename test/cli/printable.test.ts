import { expect } from 'chai';
import { printable, printableJson } from '../../src/cli/printable.ts';

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

  it('shows as much as is asked for', () => {
    expect(printable('xxx', 2)).to.equal('xx…');
  });
});

describe('JSON from elsewhere, at a terminal', () => {
  for (const [what, json, shown] of [
    ['plain JSON as it is', '{"é":"👋 \\u001b","n":1.50}', '{"é":"👋 \\u001b","n":1.50}'],
    ['what drives a terminal escaped', '"\u009b1m\u007f"', '"\\u009b1m\\u007f"'],
    ['what turns or breaks a line escaped', '"\u202e\u2066\u2028"', '"\\u202e\\u2066\\u2028"'],
    ['what hides beyond the first plane escaped', '"\u{e0041}"', '"\\udb40\\udc41"'],
    ['line ends between values as spaces', '{\r\n\t"a":1}', '{   "a":1}'],
  ] as const) {
    it(`shows ${what}, and it means what it meant`, () => {
      expect(printableJson(json)).to.equal(shown);
      expect(JSON.parse(printableJson(json))).to.deep.equal(JSON.parse(json));
    });
  }

  it('is shown whole', () => {
    expect(printableJson(`"${'x'.repeat(1_000)}"`)).to.have.lengthOf(1_002);
  });
});
