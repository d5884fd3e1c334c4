import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { check } from 'recheck';
import { expressionsBelow, expressionsIn, makesExpressions } from './support/regular-expressions.ts';

/** Nothing goes by a clock: it reasons about an expression, or where it cannot, counts the steps over texts that grow. */
const BY_STEPS = { timeout: null, attackTimeout: null, incubationTimeout: null, randomSeed: 0 };

/** A text that an expression takes more steps over than its length allows; null where there is none. */
async function slowTextOf(pattern: string, flags: string): Promise<string | null> {
  const found = await check(pattern, flags, BY_STEPS);
  if (found.status === 'safe') return null;
  return found.status === 'vulnerable' ? found.attack.pattern : `cannot be checked: ${JSON.stringify(found.error)}`;
}

describe('every regular expression in the source', () => {
  const expressions = expressionsBelow('src');

  it('is found', () => {
    const source = [
      'const a: number = 4 / 2 / 1; // /no/',
      `const b = \`\${/a[/]b/gi.exec('/no/')}\`;`,
      'if (a) /c/u.test(b as string);',
    ].join('\n');
    const found = expressionsIn(source, 'x.ts').map(({ place, pattern, flags }) => `${place} /${pattern}/${flags}`);
    expect(found).to.deep.equal(['x.ts:2 /a[/]b/gi', 'x.ts:3 /c/u']);
    expect(expressions).to.have.length.above(80);
  });

  it('is a literal, not made from a text', () => {
    expect(makesExpressions("new RegExp('a')")).to.equal(true);
    expect(makesExpressions("RegExp('a')")).to.equal(true);
    expect(makesExpressions("RegExp.escape('a'); const b = (c as RegExp);")).to.equal(false);
    const making = globSync('src/**/*.ts').filter((file) => makesExpressions(readFileSync(file, 'utf8')));
    expect(making).to.deep.equal([]);
  });

  for (const { place, pattern, flags } of expressions) {
    it(`takes steps in proportion to the text: ${place} /${pattern}/${flags}`, async () => {
      expect(await slowTextOf(pattern, flags)).to.equal(null);
    });
  }

  it('would be noticed if it did not', async () => {
    const bad = [
      /(a+)+$/,
      /^(?:[a-z]+\.?)+$/i,
      /(?:x+x+)+y/,
      /^(?:[,\s]*[^,]*)*;$/,
      /^[ ]+|[ ]+$/g,
      /\s*,\s*/,
      /^.*a.*a$/,
      /"(?:\\.|[^\\])*"/,
      /\.?\s*Resolution note:.*$/s,
      /(?<=\s+)x/,
    ];
    const slow = await Promise.all(bad.map(({ source, flags }) => slowTextOf(source, flags)));
    expect(bad.filter((_, index) => slow[index] === null).map(String)).to.deep.equal([]);
  });
});
