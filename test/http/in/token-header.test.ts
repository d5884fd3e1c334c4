import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { tokenOf } from '../../../src/http/in/token-header.ts';
import { growthOf } from '../../support/growth.ts';

interface Case {
  readonly authorization: string;
  readonly token: string | null;
}

const cases: Case[] = JSON.parse(readFileSync(new URL('../../vectors/token-header.json', import.meta.url), 'utf8'));

describe('the token of an Authorization header', () => {
  for (const { authorization, token } of cases) {
    it(`of ${JSON.stringify(authorization)} is ${JSON.stringify(token)}, as in Rails`, () => {
      expect(tokenOf(authorization)).to.equal(token);
    });
  }

  it('is null without the header', () => {
    expect(tokenOf(undefined)).to.equal(null);
  });

  it('is null if the header is empty, or only a scheme', () => {
    for (const authorization of ['', 'Bearer', 'Bearer ', 'Token  ']) expect(tokenOf(authorization)).to.equal(null);
  });

  it('is null if only white space is left of it', () => {
    expect(tokenOf('Token token=" "')).to.equal(null);
  });

  it('does not begin after a no-break space, which is not white space in a header', () => {
    expect(tokenOf('Bearer\u00a0abc')).to.equal(null);
  });

  it('may have white space in it, but not at its ends', () => {
    expect(tokenOf('Token  a \f b \0 ')).to.equal('a \f b');
  });

  for (const [what, hostile] of [
    ['spaces in the token', (length: number) => `Token a${' '.repeat(length)}b`],
    ['spaces before the token', (length: number) => `Token ${' '.repeat(length)}b`],
    ['spaces behind the token', (length: number) => `Token a${' '.repeat(length)}`],
    ['spaces and NULs', (length: number) => `Token a${' \0'.repeat(length)}b`],
    ['separators', (length: number) => `Bearer ${' \t;,'.repeat(length)}b`],
    ['quotes', (length: number) => `Bearer ${'" '.repeat(length)}b`],
  ] as const) {
    it(`takes linear time in the ${what}`, () => {
      expect(growthOf(1_000, hostile, tokenOf)).to.be.lessThan(32);
    });
  }
});
