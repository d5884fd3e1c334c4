import { expect } from 'chai';
import { parseJson } from '../../src/events/json.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { type Claims, mintAnew, mintSession } from '../../src/tokens/mint.ts';

const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
const { session: key } = new Keys('a secret of the tests, long enough for HS256');
const NOW = 1_554_745_138;

describe('a minted token', () => {
  it('of a session has the header and the claims of the document, in its order', () => {
    const token = mintSession(USER, NOW, key);
    const document =
      'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJleHAiOjE1NTQ3NTk1MzgsImlhdCI6MTU1NDc0NTEzOCwidXNlcl9pZCI6ImYxOTAwYmJhLWUzMzktNGRjOS04N2RmLTlkYzg2NjVhZGVhZCJ9';
    expect(token.slice(0, token.lastIndexOf('.'))).to.equal(document);
  });

  it('made anew within the same second is the same to the byte', () => {
    const token = mintSession(USER, NOW, key);
    expect(mintAnew(headerOf(token), claimsOf(token), NOW, key)).to.equal(token);
  });

  it('made anew later differs in iat and exp only', () => {
    const token = mintAnew(headerOf('x.y.z'), { a: 1, exp: 5, user_id: USER, iat: 1, b: [2] }, NOW, key);
    expect(textOf(token)).to.equal(`{"a":1,"exp":${NOW + 14_400},"user_id":"${USER}","iat":${NOW},"b":[2]}`);
  });

  it('has exp and iat first where the first one had neither', () => {
    const token = mintAnew('h', { iss: 'x', admin: true }, NOW, key);
    expect(textOf(token)).to.equal(`{"exp":${NOW + 14_400},"iat":${NOW},"iss":"x","admin":true}`);
  });

  it('keeps iat at its place where only exp was missing', () => {
    const token = mintAnew('h', { iss: 'x', iat: 3 }, NOW, key);
    expect(textOf(token)).to.equal(`{"exp":${NOW + 14_400},"iss":"x","iat":${NOW}}`);
  });

  it('keeps the JOSE header to the byte', () => {
    const header = Buffer.from('{"cty": "x", "alg":"HS256"}').toString('base64url');
    expect(headerOf(mintAnew(header, { iss: 'x' }, NOW, key))).to.equal(header);
  });

  it('keeps claims that JavaScript would change: __proto__, and numbers beyond a double', () => {
    const claims = parseJson('{"__proto__":{"a":1},"n":12345678901234567890,"exp":1,"iat":1}') as Claims;
    expect(textOf(mintAnew('h', claims, NOW, key))).to.equal(
      `{"__proto__":{"a":1},"n":12345678901234567890,"exp":${NOW + 14_400},"iat":${NOW}}`,
    );
  });
});

function headerOf(token: string): string {
  return token.slice(0, token.indexOf('.'));
}

function textOf(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
}

function claimsOf(token: string): Claims {
  return JSON.parse(textOf(token)) as Claims;
}
