import { expect } from 'chai';
import { claimsTemplate } from '../../src/tokens/claims-template.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { TokenVerifier, type VerifiedToken } from '../../src/tokens/token-verifier.ts';
import { growthOf } from '../support/growth.ts';
import { base64url, partOf, signClaims, signParts } from './sign.ts';

const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
const SECRET = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
const NOW = 1_554_745_138;
const keys = new Keys('a secret of the tests, long enough for HS256');
const key = keys.session;
const verify = (token: string) => new TokenVerifier(keys).verify(token, NOW) as VerifiedToken;
const renewed = (token: string, atSeconds = NOW) => verify(token).renewedAt(atSeconds);
/** The claims of a token that was renewed from a secret's token with these. */
const renewedClaims = (json: string) => partOf(renewed(signClaims(json, keys.secret(SECRET))), 1);

describe('a minted token', () => {
  it('of a session has the header and the claims of the document, in its order', () => {
    const token = mintSession(USER, NOW, key);
    const document =
      'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1NTQ3NTk1MzgsImlhdCI6MTU1NDc0NTEzOCwidXNlcl9pZCI6ImYxOTAwYmJhLWUzMzktNGRjOS04N2RmLTlkYzg2NjVhZGVhZCJ9';
    expect(token.slice(0, token.lastIndexOf('.'))).to.equal(document);
  });

  it('is the same to the byte if it is renewed within the same second', () => {
    const token = mintSession(USER, NOW, key);
    expect(renewed(token)).to.equal(token);
  });

  it('differs only in iat and exp if it is renewed later, and is valid', () => {
    const token = signClaims(`{"a":1,"exp":${NOW + 14_400},"user_id":"${USER}","iat":${NOW},"b":[2]}`, key);
    const anew = renewed(token, NOW + 9);
    expect(partOf(anew, 1)).to.equal(`{"a":1,"exp":${NOW + 14_409},"user_id":"${USER}","iat":${NOW + 9},"b":[2]}`);
    expect(verify(anew)).to.not.have.property('fault');
  });

  it('has exp and iat first if the first one had neither', () => {
    expect(renewedClaims(`{"iss":"${SECRET}","admin":true}`)).to.equal(
      `{"exp":${NOW + 14_400},"iat":${NOW},"iss":"${SECRET}","admin":true}`,
    );
  });

  it('keeps exp or iat in its place if only the other was missing', () => {
    expect(renewedClaims(`{"iss":"${SECRET}","iat":3}`)).to.equal(
      `{"exp":${NOW + 14_400},"iss":"${SECRET}","iat":${NOW}}`,
    );
    expect(renewedClaims(`{"iss":"${SECRET}","exp":${NOW + 5}}`)).to.equal(
      `{"iat":${NOW},"iss":"${SECRET}","exp":${NOW + 5}}`,
    );
  });

  it('keeps claims that JavaScript would change or reorder, and removes white space', () => {
    const kept = `"__proto__":{"a":1},"10":1.0,"9":12345678901234567890,"\\u0061":"\\/ \\"exp\\": {","x":{"2":[],"exp":1,"1":{}}`;
    const sent = ` {\n ${kept.replace('1.0,', '1.0 ,\t')} , "\\u0065xp" : 1e10, "iat": [ {"exp": 2} ], "iss":"${SECRET}"} `;
    expect(renewedClaims(sent)).to.equal(`{${kept},"\\u0065xp":${NOW + 14_400},"iat":${NOW},"iss":"${SECRET}"}`);
  });

  for (const [what, hostile] of [
    ['brackets', '['],
    ['quotes', '"'],
    ['escaped quotes', '\\"'],
    ['spaces', ' '],
  ] as const) {
    it(`takes time in proportion to the ${what} of its claims`, () => {
      const jsonOf = (length: number) => `{"a":${hostile.repeat(length)}`;
      expect(growthOf(1_000, jsonOf, claimsTemplate)).to.be.lessThan(32);
    });
  }

  it("keeps the JOSE header's bytes, always in base64url", () => {
    const header = '{ "cty": "x>?", "alg":"HS256"}';
    const padded = Buffer.from(header).toString('base64');
    const token = signParts(padded, base64url(`{"iss":"${SECRET}"}`), keys.secret(SECRET));
    expect(renewed(token).split('.')[0]).to.equal(base64url(header));
    expect(padded).to.match(/[+/=]/);
  });

  describe('lives no longer than the one that was sent:', () => {
    const lives = (claims: object) => {
      const { exp, iat } = JSON.parse(renewedClaims(JSON.stringify({ iss: SECRET, ...claims })));
      expect(iat).to.equal(NOW);
      return exp - NOW;
    };

    for (const [what, claims, seconds] of [
      ['as long if it has both times', { iat: NOW - 1, exp: NOW + 2 }, 3],
      ['as long if its clock is ahead', { iat: NOW + 600, exp: NOW + 900 }, 300],
      ['as long if they are text', { iat: String(NOW - 7), exp: String(NOW + 3) }, 10],
      ['no longer if they are fractions', { iat: NOW + 0.9, exp: NOW + 60.1 }, 59],
      ['four hours at most', { iat: NOW - 1, exp: NOW + 99_999 }, 14_400],
      ['until its end if it has only exp', { exp: NOW + 3 }, 3],
      ['four hours at most if it has only exp', { exp: NOW + 99_999 }, 14_400],
      ['until its end if iat is no time', { iat: 'yesterday', exp: NOW + 3 }, 3],
      ['until its end if iat is null', { iat: null, exp: NOW + 3 }, 3],
      ['until its end if iat is after it', { iat: NOW + 60, exp: NOW + 30 }, 30],
      ['four hours if it has no end', { iat: NOW - 9 }, 14_400],
    ] as const) {
      it(what, () => {
        expect(lives(claims)).to.equal(seconds);
      });
    }
  });
});
