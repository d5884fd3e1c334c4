import { expect } from 'chai';
import { Keys } from '../../src/tokens/keys.ts';
import { mintSession } from '../../src/tokens/mint.ts';
import { TokenVerifier, type VerifiedToken } from '../../src/tokens/token-verifier.ts';
import { signClaims } from './sign.ts';

const OLD = 'an old secret of the tests, long enough for HS256';
const NEW = 'a new secret of the tests, long enough for HS256';
const USER = 'f1900bba-e339-4dc9-87df-9dc8665adead';
const SECRET = '0199c0de-0000-7000-8000-000000000000';
const NOW = 1_800_000_000;

const [old, newer] = [new Keys(OLD), new Keys(NEW)];

describe('tokens while a key is replaced', () => {
  const verifier = () => new TokenVerifier(new Keys([NEW, OLD]));
  const verified = (token: string, by = verifier()) => {
    const result = by.verify(token, NOW);
    if ('fault' in result) throw new Error(result.fault);
    return result;
  };
  const faultOf = (token: string, by: TokenVerifier) => (by.verify(token, NOW) as { fault?: string }).fault;

  it('are accepted with each key, and with no other', () => {
    for (const keys of [old, newer]) expect(verified(mintSession(USER, NOW, keys.session)).bearer.id).to.equal(USER);
    const other = new Keys('another secret of the tests, long enough for HS256');
    expect(faultOf(mintSession(USER, NOW, other.session), verifier())).to.equal('signature_wrong');
    expect(faultOf(signClaims({ iss: SECRET }, other.secret(SECRET)), verifier())).to.equal('signature_wrong');
  });

  it('of a session are renewed with the first key, so that the old one ends', () => {
    const renewed = verified(mintSession(USER, NOW, old.session)).renewedAt(NOW);
    expect(verified(renewed, new TokenVerifier(newer)).bearer.id).to.equal(USER);
    expect(faultOf(renewed, new TokenVerifier(old))).to.equal('signature_wrong');
  });

  it('of a secret are renewed with the secret itself, which its owner goes on using', () => {
    const claims = { iss: SECRET, exp: NOW + 60 };
    const renewed = verified(signClaims(claims, old.secret(SECRET))).renewedAt(NOW);
    expect(verified(renewed, new TokenVerifier(old)).bearer.id).to.equal(SECRET);
  });

  it('say on which key they hang: a secret that was issued with a new key has no tokens by an old one', () => {
    const by = verifier();
    const [before, after] = [old, newer].map((keys) => verified(signClaims({ iss: SECRET }, keys.secret(SECRET)), by));
    const [first, second] = [before, after] as [VerifiedToken, VerifiedToken];
    expect(by.isAsIssued(second, newer.newest.fingerprint)).to.equal(true);
    expect(by.isAsIssued(first, newer.newest.fingerprint)).to.equal(false);
    expect(by.isAsIssued(first, old.newest.fingerprint)).to.equal(true);
    // Issued by a release before 0.3.
    expect(by.isAsIssued(first, null)).to.equal(true);
    expect(by.isAsIssued(second, null)).to.equal(false);
  });

  it('are tried with the key first that their secret had last: one derivation for all tokens of a secret', () => {
    let derivations = 0;
    const keys = new Keys([NEW, OLD]);
    for (const key of keys.all) {
      const { ofSecret } = key;
      key.ofSecret = (id) => {
        derivations += 1;
        return ofSecret.call(key, id);
      };
    }
    const by = new TokenVerifier(keys);
    for (let n = 0; n < 20; n += 1) verified(signClaims({ iss: SECRET, n }, old.secret(SECRET)), by);
    expect(derivations).to.equal(2);
    const forged = () => faultOf(signClaims({ iss: SECRET }, 'what the attacker has instead of it'), by);
    expect(forged()).to.equal('signature_wrong');
    // The one that is remembered is not derived again.
    expect(derivations).to.equal(3);
  });
});
