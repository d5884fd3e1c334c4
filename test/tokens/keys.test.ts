import { expect } from 'chai';
import { KeyMissing, Keys, keysIn } from '../../src/tokens/keys.ts';

const OLD = 'an old secret of the tests; long enough for HS256';
const NEW = 'a newer secret of the tests; long enough too';
const SECRET = '3d172b54-f40f-4df9-9342-0b042fac5382';

describe('the keys in JWT_SECRET', () => {
  it('are several with commas between them, if each has 32 bytes or more', () => {
    expect(keysIn(`${NEW},${OLD}`)).to.deep.equal([NEW, OLD]);
    expect(keysIn(`${NEW}, ${OLD}`)).to.deep.equal([NEW, OLD]);
    expect(keysIn(`${NEW},\n  ${OLD}`)).to.deep.equal([NEW, OLD]);
    expect(keysIn(OLD)).to.deep.equal([OLD]);
  });

  it('are the same as alone if they end with white space: such a key can be replaced, too', () => {
    for (const old of [`${OLD} `, `${OLD}\n`, `${OLD}\t\r\n`]) {
      expect(keysIn(old)).to.deep.equal([old]);
      expect(keysIn(`${NEW},${old}`)).to.deep.equal([NEW, old]);
      expect(keysIn(`${old}, ${NEW}`)).to.deep.equal([old, NEW]);
    }
  });

  it('are one that has commas, if a part is shorter', () => {
    for (const one of [`${OLD},short`, `short,${OLD}`, `${OLD},`, `${OLD},,${NEW}`, 'a,b', '', ` ${OLD} `]) {
      expect(keysIn(one)).to.deep.equal([one]);
    }
    // 31 bytes, and 32 bytes in fewer characters.
    expect(keysIn(`${OLD},${'x'.repeat(31)}`)).to.have.length(1);
    expect(keysIn(`${OLD},${'é'.repeat(16)}`)).to.have.length(2);
  });
});

describe('the keys of the service', () => {
  it('have fingerprints, which stay the same for ever', () => {
    const { fingerprint } = new Keys('a secret of the tests, long enough for HS256').newest;
    expect(fingerprint).to.equal('7882ca608d85319f');
    expect(new Keys(NEW).newest.fingerprint).not.to.equal(fingerprint);
  });

  it('give what releases before 0.3 gave: the secrets of organizations stay', () => {
    const keys = new Keys('a secret of the tests, long enough for HS256');
    expect(keys.secret(SECRET)).to.equal('pvsMbPuoBGLtt5HJa5zIVdwY3I46q3xaE5JfZHbdfyU');
  });

  it('sign with the first', () => {
    const keys = new Keys([NEW, OLD]);
    expect(keys.secret(SECRET)).to.equal(new Keys(NEW).secret(SECRET));
    expect(keys.session.equals(new Keys(NEW).session)).to.equal(true);
  });

  it('are found by their fingerprints; what does not say its key belongs to the oldest', () => {
    const [old, newer] = [new Keys(OLD).newest, new Keys(NEW).newest];
    const keys = new Keys([NEW, OLD]);
    expect(keys.of(old.fingerprint).secret(SECRET)).to.equal(old.secret(SECRET));
    expect(keys.of(null).fingerprint).to.equal(old.fingerprint);
    expect(new Keys([NEW, OLD], newer.fingerprint).of(null).fingerprint).to.equal(newer.fingerprint);
  });

  it('say which of them is missing, and what to do', () => {
    const { fingerprint } = new Keys(OLD).newest;
    const keys = new Keys(NEW, fingerprint);
    expect(keys.has(null)).to.equal(false);
    for (const sought of [null, fingerprint]) {
      expect(() => keys.of(sought)).to.throw(
        KeyMissing,
        `${fingerprint}, which JWT_SECRET does not have: add that key`,
      );
    }
  });
});
