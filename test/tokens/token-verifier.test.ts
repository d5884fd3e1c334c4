import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { Keys } from '../../src/tokens/keys.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { TokenVerifier } from '../../src/tokens/token-verifier.ts';

const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
const SECRET = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
const NOW = 1_800_000_000;
const keys = new Keys('a secret of the tests, long enough for HS256');
const verify = (token: string, now = NOW) => new TokenVerifier(keys).verify(token, now);

describe('a token', () => {
  it('of a session that was minted here holds', () => {
    expect(verify(mintSession(USER, NOW, keys.session))).to.include({ kind: 'user', id: USER });
  });

  it('of a session holds until it expires, also when it was seen before', () => {
    const verifier = new TokenVerifier(keys);
    const token = mintSession(USER, NOW, keys.session, 60);
    expect(verifier.verify(token, NOW + 59)).to.not.equal(null);
    expect(verifier.verify(token, NOW + 60)).to.equal(null);
  });

  it('of a session must expire', () => {
    expect(verify(signed({ user_id: USER }, keys.session.export()))).to.equal(null);
  });

  it('of a session is signed with the key of sessions', () => {
    expect(verify(signed({ user_id: USER, exp: NOW + 60 }, 'another key that is long enough for HS256'))).to.equal(
      null,
    );
  });

  it('of a secret names it in iss, is signed with it, and need not expire', () => {
    const token = signed({ iss: SECRET, admin: true }, keys.secret(SECRET));
    expect(verify(token)).to.include({ kind: 'secret', id: SECRET });
  });

  it('of a secret expires where it says so, also when it was seen before and however the time is written', () => {
    const verifier = new TokenVerifier(keys);
    const payload = Buffer.from(`{"iss":"${SECRET}","exp":${(NOW + 60) / 1e9}e9}`).toString('base64url');
    const text = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${payload}`;
    const token = `${text}.${createHmac('sha256', keys.secret(SECRET)).update(text).digest('base64url')}`;
    expect(verifier.verify(token, NOW)).to.not.equal(null);
    expect(verifier.verify(token, NOW + 61)).to.equal(null);
  });

  it('of one secret does not hold in the name of another', () => {
    const other = '7f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
    expect(verify(signed({ iss: other }, keys.secret(SECRET)))).to.equal(null);
  });

  it('of a secret is not signed with the key of sessions', () => {
    expect(verify(signed({ iss: SECRET }, keys.session.export()))).to.equal(null);
  });

  it('may have a JOSE header with more members, or without typ', () => {
    const options = { algorithm: 'HS256', noTimestamp: true } as const;
    const header = { alg: 'HS256', cty: 'x', typ: undefined } as unknown as jwt.JwtHeader;
    const token = jwt.sign({ iss: SECRET }, keys.secret(SECRET), { ...options, header });
    expect(verify(token)).to.include({ kind: 'secret' });
  });

  it('is refused with any other algorithm', () => {
    const claims = { user_id: USER, exp: NOW + 60 };
    expect(verify(jwt.sign(claims, keys.session, { algorithm: 'HS512' }))).to.equal(null);
    expect(verify(jwt.sign(claims, '', { algorithm: 'none' }))).to.equal(null);
  });

  for (const [what, token] of [
    ['nothing', ''],
    ['no segments', 'abc'],
    ['empty segments', '..'],
    ['claims that are no object', signed('text', keys.session.export())],
    ['a user_id that is no UUID', signed({ user_id: 'root', exp: NOW + 60 }, keys.session.export())],
    ['an iss that is no UUID', signed({ iss: 'root' }, keys.secret('root'))],
    ['an exp that is no number', signed({ user_id: USER, exp: String(NOW + 60) }, keys.session.export())],
    ['more than 8192 characters', signed({ iss: SECRET, x: 'x'.repeat(8_192) }, keys.secret(SECRET))],
  ] as const) {
    it(`with ${what} is refused`, () => {
      expect(verify(token)).to.equal(null);
    });
  }
});

function signed(claims: unknown, key: string | Buffer): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}
