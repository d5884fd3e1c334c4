import { createCipheriv } from 'node:crypto';
import { expect } from 'chai';
import { CannotOpen, opened, sealed } from '../../../src/importer/sealed/sealing.ts';
import { Keys } from '../../../src/tokens/keys.ts';

const KEYS = new Keys('a secret of the tests, long enough for HS256');
const OTHER_KEYS = new Keys('another secret of the tests, long enough too');
const ID = 'import 3d172b54-f40f-4df9-9342-0b042fac5382';
const CONTENT = Buffer.from('the content, \u{1F600}\0');

describe('what is sealed', () => {
  const whyNot = (bytes: Uint8Array, keys = KEYS, id = ID): string => {
    try {
      opened(keys, id, bytes);
    } catch (error) {
      expect(error).to.be.instanceOf(CannotOpen);
      return (error as Error).message;
    }
    throw new Error('it was opened');
  };

  it('is opened with the same key and for the same id', () => {
    for (const content of [CONTENT, Buffer.alloc(0), Buffer.alloc(1_000_000, 'x')]) {
      expect(opened(KEYS, ID, sealed(KEYS, ID, content)).equals(content)).to.equal(true);
    }
    expect(opened(KEYS, ID, new Uint8Array(sealed(KEYS, ID, CONTENT))).equals(CONTENT)).to.equal(true);
  });

  it('shows nothing of its content but the length, and differs each time', () => {
    const [one, again] = [sealed(KEYS, ID, CONTENT), sealed(KEYS, ID, CONTENT)];
    expect(one.includes('content')).to.equal(false);
    expect(one.length).to.equal(CONTENT.length + 37);
    // After the version and the fingerprint of the key, nothing is the same.
    expect(one.subarray(0, 9).equals(again.subarray(0, 9))).to.equal(true);
    expect(one.subarray(9, 21).equals(again.subarray(9, 21))).to.equal(false);
    expect(one.subarray(21).equals(again.subarray(21))).to.equal(false);
  });

  it('is in the form in which it was first sealed', () => {
    const nonce = Buffer.alloc(12, 7);
    const head = Buffer.concat([Buffer.of(1), KEYS.newest.derived('fingerprint of the key').subarray(0, 8)]);
    const cipher = createCipheriv('aes-256-gcm', KEYS.newest.derived(`sealed ${ID}`), nonce);
    cipher.setAAD(Buffer.concat([head, Buffer.from(ID)]));
    const bytes = Buffer.concat([head, nonce, cipher.update(CONTENT), cipher.final(), cipher.getAuthTag()]);
    expect(opened(KEYS, ID, bytes).equals(CONTENT)).to.equal(true);
  });

  it('is not opened with another key, and says so', () => {
    expect(whyNot(sealed(KEYS, ID, CONTENT), OTHER_KEYS)).to.equal(
      `It was made with the key ${KEYS.newest.fingerprint}, which JWT_SECRET does not have: add that key at the end of JWT_SECRET, after a comma (npx imports keys list shows all)`,
    );
  });

  it('is not opened for another id', () => {
    const another = ID.replace('import', 'connection');
    expect(whyNot(sealed(KEYS, ID, CONTENT), KEYS, another)).to.match(/sealed for something else/);
  });

  it('is not opened if any bit of it has changed, if it was cut, or if there is more', () => {
    const bytes = sealed(KEYS, ID, CONTENT);
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(whyNot(damaged)).to.not.include('content');
      expect(whyNot(bytes.subarray(0, at))).to.not.equal('');
    }
    expect(whyNot(Buffer.concat([bytes, Buffer.of(0)]))).to.match(/damaged/);
    expect(whyNot(new Uint8Array(0))).to.equal('It is damaged.');
  });

  it('is not opened by a release that does not know its version', () => {
    const bytes = sealed(KEYS, ID, CONTENT);
    bytes[0] = 2;
    expect(whyNot(bytes)).to.match(/another release/);
  });
});
