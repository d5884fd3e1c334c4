import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { tokenOf } from '../../src/http/token-header.ts';

interface Case {
  readonly authorization: string;
  readonly token: string | null;
}

const cases: Case[] = JSON.parse(readFileSync(new URL('../vectors/token-header.json', import.meta.url), 'utf8'));

describe('the token of an Authorization header', () => {
  for (const { authorization, token } of cases) {
    it(`of ${JSON.stringify(authorization)} is ${JSON.stringify(token)}, as in Rails`, () => {
      expect(tokenOf(authorization)).to.equal(token);
    });
  }

  it('is null without the header', () => {
    expect(tokenOf(undefined)).to.equal(null);
  });

  it('is null where the header is empty, or only a scheme', () => {
    for (const authorization of ['', 'Bearer', 'Bearer ', 'Token  ']) expect(tokenOf(authorization)).to.equal(null);
  });

  it('is null where only white space is left of it', () => {
    expect(tokenOf('Token token=" "')).to.equal(null);
  });

  it('does not begin behind a no-break space, which is not white space in a header', () => {
    expect(tokenOf('Bearer\u00a0abc')).to.equal(null);
  });

  it('is found in linear time however long the header is', () => {
    expect(tokenOf(`Bearer ${' \t;,'.repeat(250_000)}abc`)).to.equal('abc');
  });
});
