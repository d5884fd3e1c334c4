import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { Keys } from '../../src/tokens/keys.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { TokenVerifier } from '../../src/tokens/token-verifier.ts';
import { growthOf } from '../support/growth.ts';
import { base64url, signClaims, signParts } from './sign.ts';

const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
const SECRET = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
const NOW = 1_800_000_000;
const keys = new Keys('a secret of the tests, long enough for HS256');
const secret = keys.secret(SECRET);
const verify = (token: string) => new TokenVerifier(keys).verify(token, NOW);
/** The bearer of the token, or why it is refused. */
const outcome = (token: string) => {
  const verified = verify(token);
  return 'fault' in verified ? verified.fault : verified.bearer;
};
const ofSecret = { kind: 'secret', id: SECRET };
const HEADER = base64url('{"alg":"HS256"}');

describe('a token', () => {
  it('of a session that was minted here is valid', () => {
    expect(outcome(mintSession(USER, NOW, keys.session))).to.deep.equal({ kind: 'user', id: USER });
  });

  it('of a session is valid until it expires, even if it was seen before', () => {
    const verifier = new TokenVerifier(keys);
    const token = mintSession(USER, NOW, keys.session, 60);
    expect(verifier.verify(token, NOW + 59)).to.not.have.property('fault');
    expect(verifier.verify(token, NOW + 60)).to.have.property('fault', 'expired');
  });

  it('of a session must expire', () => {
    expect(outcome(signClaims({ user_id: USER }, keys.session))).to.equal('exp_missing');
  });

  it('of a session is signed with the key of sessions', () => {
    const token = signClaims({ user_id: USER, exp: NOW + 60 }, 'another key that is long enough for HS256');
    expect(outcome(token)).to.equal('signature_wrong');
  });

  it('of a secret names it in iss, is signed with it, and need not expire', () => {
    expect(outcome(signClaims({ iss: SECRET, admin: true }, secret))).to.deep.equal(ofSecret);
  });

  it('of one secret is not valid with the id of another', () => {
    const other = '7f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
    expect(outcome(signClaims({ iss: other }, secret))).to.equal('signature_wrong');
  });

  it('of a secret is not signed with the key of sessions', () => {
    expect(outcome(signClaims({ iss: SECRET }, keys.session))).to.equal('signature_wrong');
  });

  it('may have a JOSE header with more members, or without typ', () => {
    expect(outcome(signClaims({ iss: SECRET }, secret, { alg: 'HS256', cty: 'x' }))).to.deep.equal(ofSecret);
  });

  it('is refused with any other algorithm', () => {
    const claims = { user_id: USER, exp: NOW + 60 };
    expect(outcome(jwt.sign(claims, keys.session, { algorithm: 'HS512' }))).to.equal('algorithm_not_accepted');
    expect(outcome(`${jwt.sign(claims, '', { algorithm: 'none' })}x`)).to.equal('algorithm_not_accepted');
    for (const alg of ['hs256', 'none', null, ['HS256'], undefined]) {
      expect(outcome(signClaims({ iss: SECRET }, secret, { alg })), String(alg)).to.equal('algorithm_not_accepted');
    }
  });

  it('is refused with crit in its JOSE header, whatever it names', () => {
    for (const crit of [['exp'], ['x'], [], null]) {
      expect(outcome(signClaims({ iss: SECRET }, secret, { alg: 'HS256', crit, exp: 1 }))).to.equal(
        'crit_not_accepted',
      );
    }
  });

  describe('is taken as ruby-jwt takes it:', () => {
    const json = `{"iss":"${SECRET}","a":"??>>~~","b":"é"}`;
    const header = '{"alg":"HS256","x":"?>~"}';
    const padded = (text: string) => Buffer.from(text).toString('base64');
    const signatureOf = (parts: string) => createHmac('sha256', secret).update(parts, 'latin1').digest();

    it('parts in standard base64 with its padding, signed as they are sent', () => {
      for (const encode of [padded, base64url]) {
        const parts = `${encode(header)}.${padded(json)}`;
        for (const encoding of ['base64', 'base64url'] as const) {
          const signature = signatureOf(parts).toString(encoding);
          expect(outcome(`${parts}.${signature}`), signature).to.deep.equal(ofSecret);
          expect(outcome(`${parts}.${signature.replace('=', '')}===`), signature).to.deep.equal(ofSecret);
        }
      }
      expect(padded(json)).to.match(/[+/].*=/);
    });

    it('base64 in lines, and other characters between the digits', () => {
      const lines = (text: string) => padded(text).replace(/.{8}/g, '$& ');
      const parts = `${lines(header)}.${lines(json)}\u00e9`;
      expect(outcome(`${parts}. ${signatureOf(parts).toString('base64').replace(/.{8}/g, '$&~')}`)).to.deep.equal(
        ofSecret,
      );
    });

    it('dots after it', () => {
      expect(outcome(`${signClaims(json, secret)}...`)).to.deep.equal(ofSecret);
    });

    it('but not a text that is signed in another form than it is sent', () => {
      const token = signParts(padded(header), padded(json), secret);
      expect(outcome(token.replace('=.', '.'))).to.equal('signature_wrong');
      expect(outcome(`${token.slice(0, -4)}AAAA`)).to.equal('signature_wrong');
      expect(outcome(token.slice(0, -1))).to.equal('signature_wrong');
    });

    for (const [exp, holds] of [
      [`${NOW + 1}`, true],
      [`${NOW}`, false],
      [`"${NOW + 1}"`, true],
      [`"${NOW}"`, false],
      [`" ${NOW + 1}.9 s"`, true],
      [`${NOW}.9`, false],
      [`${NOW + 1}.1`, true],
      ['1.9e9', true],
      ['1.7e9', false],
      ['"1.9e9"', false],
      ['12345678901234567890', true],
      ['-1', false],
      ['null', false],
      ['"soon"', false],
      ['""', false],
    ] as const) {
      it(`exp ${exp} ${holds ? 'is to come' : 'has passed'}`, () => {
        const token = signClaims(`{"exp":${exp},"iss":"${SECRET}"}`, secret);
        expect(outcome(token)).to.deep.equal(holds ? ofSecret : 'expired');
      });
    }

    for (const [nbf, holds] of [
      [`${NOW}`, true],
      [`${NOW + 1}`, false],
      [`${NOW}.9`, true],
      [`"${NOW}"`, true],
      [`"${NOW + 1}"`, false],
      ['null', true],
      ['"now"', true],
    ] as const) {
      it(`nbf ${nbf} ${holds ? 'has come' : 'is to come'}`, () => {
        const token = signClaims(`{"nbf":${nbf},"iss":"${SECRET}"}`, secret);
        expect(outcome(token)).to.deep.equal(holds ? ofSecret : 'not_yet_valid');
      });
    }

    it('nbf counts even if the token was seen before', () => {
      const verifier = new TokenVerifier(keys);
      const token = signClaims({ iss: SECRET, nbf: NOW }, secret);
      expect(verifier.verify(token, NOW - 1)).to.have.property('fault', 'not_yet_valid');
      expect(verifier.verify(token, NOW)).to.not.have.property('fault');
    });

    for (const time of ['true', '[1900000000]', '{}', '1e400']) {
      it(`an exp or nbf that is ${time} is refused`, () => {
        for (const name of ['exp', 'nbf']) {
          expect(outcome(signClaims(`{"${name}":${time},"iss":"${SECRET}"}`, secret))).to.equal('times_malformed');
        }
      });
    }

    for (const iat of ['9999999999', '"later"', 'null', 'true', '[]']) {
      it(`iat ${iat} does not matter`, () => {
        expect(outcome(signClaims(`{"iat":${iat},"iss":"${SECRET}"}`, secret))).to.deep.equal(ofSecret);
      });
    }

    it('the last one counts if a claim comes twice', () => {
      const token = (first: number, last: number) =>
        signClaims(`{"exp":${first},"iss":"${SECRET}","exp":${last}}`, secret);
      expect(outcome(token(1, NOW + 1))).to.deep.equal(ofSecret);
      expect(outcome(token(NOW + 1, 1))).to.equal('expired');
    });
  });

  for (const [what, token] of [
    ['nothing', ''],
    ['no segments', 'abc'],
    ['empty segments', '..'],
    ['dots alone', '.'.repeat(100)],
    ['two segments', signClaims({ iss: SECRET }, secret).replace(/[^.]+$/, '')],
    ['four segments', `${signClaims({ iss: SECRET }, secret)}.x`],
    ['claims that are text', signClaims('"exp"', secret)],
    ['claims that are a list', signClaims([{ iss: SECRET }], secret)],
    ['claims that are null', signClaims(null, secret)],
    ['claims that are a number', signClaims('1', secret)],
    ['claims that are no JSON', signClaims(`{"iss":"${SECRET}","exp":NaN}`, secret)],
    ['claims that are cut off', signClaims(`{"iss":"${SECRET}"`, secret)],
    ['claims after a byte order mark', signClaims(`\ufeff{"iss":"${SECRET}"}`, secret)],
    [
      'claims that are not UTF-8',
      signParts(HEADER, Buffer.from(`{"iss":"${SECRET}","a":"\xff"}`, 'latin1').toString('base64url'), secret),
    ],
    ['a JOSE header that is a list', signParts(base64url('["HS256"]'), base64url(`{"iss":"${SECRET}"}`), secret)],
  ] as const) {
    it(`with ${what} is malformed`, () => {
      expect(outcome(token)).to.equal('token_malformed');
    });
  }

  for (const [what, claims] of [
    ['no iss and no user_id', { exp: NOW + 60 }],
    ['a user_id that is no UUID', { user_id: 'root', exp: NOW + 60 }],
    ['an iss that is no UUID', { iss: 'root', user_id: USER, exp: NOW + 60 }],
  ] as const) {
    it(`with ${what} has no bearer`, () => {
      expect(outcome(signClaims(claims, keys.session))).to.equal('bearer_missing');
    });
  }

  for (const [what, hostile] of [
    ['dots', (length: number) => '.'.repeat(length)],
    ['padding', (length: number) => `${HEADER}.${'='.repeat(length)}.x`],
    ['text that is no base64', (length: number) => `${HEADER}.${' '.repeat(length)}.x`],
    ['quotes and backslashes', (length: number) => signClaims({ iss: SECRET, a: '\\"'.repeat(length) }, secret)],
    ['digits', (length: number) => signClaims({ iss: SECRET, exp: '1'.repeat(length) }, secret)],
    ['spaces before a time', (length: number) => signClaims({ iss: SECRET, exp: ' '.repeat(length) }, secret)],
  ] as const) {
    it(`with much of ${what} takes time in proportion to its length`, () => {
      expect(growthOf(1_000, hostile, (token) => verify(token))).to.be.lessThan(32);
    });
  }
});
