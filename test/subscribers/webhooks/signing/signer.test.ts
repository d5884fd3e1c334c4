import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { type SignedEndpoint, Signer } from '../../../../src/subscribers/webhooks/signing/signer.ts';
import { Keys } from '../../../../src/tokens/keys.ts';

const NOW = Date.now();
const LATER = new Date(NOW + 60_000).toISOString();
const endpoint = (changes: Partial<SignedEndpoint> = {}): SignedEndpoint => ({
  ...{ id: '3d172b54-f40f-4df9-9342-0b042fac5382', generation: '1', overlap_until: null, v1a: 'no' },
  ...{ key: null, key_before: null },
  ...changes,
});
const MESSAGE = { id: 'msg_1', timestampSeconds: Math.floor(NOW / 1000), body: '{"text":"é 🚀"}' };

describe('the signature of a webhook', () => {
  const signer = new Signer(new Keys('a master of more than thirty-two bytes'));
  const verifies = (secret: string, headers: Record<string, string>, body = MESSAGE.body) => {
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  };

  it('is verified by the library of Standard Webhooks', () => {
    const headers = signer.headers(endpoint(), MESSAGE, NOW);
    expect(headers['webhook-id']).to.equal(MESSAGE.id);
    expect(verifies(signer.secret(endpoint()), headers)).to.equal(true);
    expect(verifies(signer.secret(endpoint()), headers, '{}')).to.equal(false);
  });

  it('is the one that the library makes', () => {
    const made = new Webhook(signer.secret(endpoint())).sign(MESSAGE.id, new Date(NOW), MESSAGE.body);
    expect(signer.headers(endpoint(), MESSAGE, NOW)['webhook-signature']).to.equal(made);
  });

  it('is of both secrets while a rotation overlaps, and of the new one alone afterwards', () => {
    const [old, rotated] = [endpoint(), endpoint({ generation: '2', overlap_until: LATER })];
    const during = signer.headers(rotated, MESSAGE, NOW);
    expect([old, rotated].map((one) => verifies(signer.secret(one), during))).to.deep.equal([true, true]);
    const afterwards = signer.headers(rotated, MESSAGE, Date.parse(LATER));
    expect([old, rotated].map((one) => verifies(signer.secret(one), afterwards))).to.deep.equal([false, true]);
  });

  it('has a secret for each endpoint, generation and master, the same each time', () => {
    const other = endpoint({ id: '9a0e2a51-5f0f-5d7c-8a34-1f7d8c0b4e11' });
    const again = new Signer(new Keys('a master of more than thirty-two bytes'));
    const elsewhere = new Signer(new Keys('another master of more than thirty-two'));
    const secret = signer.secret(endpoint());
    expect(secret).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(again.secret(endpoint())).to.equal(secret);
    const others = [signer.secret(other), signer.secret(endpoint({ generation: '2' })), elsewhere.secret(endpoint())];
    expect(new Set([secret, ...others])).to.have.property('size', 4);
  });

  it('of the key is verified by what docs/webhooks.md has', () => {
    const page = readFileSync(new URL('../../../../docs/webhooks.md', import.meta.url), 'utf8');
    const [, body] = /^(function isSigned[\s\S]*?^\})$/m.exec(page) ?? [];
    const isSigned = new Function('createPublicKey', 'verify', `return ${body}`)(createPublicKey, verify);
    const rotated = endpoint({ v1a: 'yes', generation: '2', overlap_until: LATER });
    const headers = signer.headers(rotated, MESSAGE, NOW);
    for (const { key } of signer.publicKeys(rotated, NOW)) {
      expect(isSigned(key, headers, MESSAGE.body)).to.equal(true);
      expect(isSigned(key, headers, '{}')).to.equal(false);
    }
    const [other] = signer.publicKeys(endpoint({ v1a: 'yes', generation: '3' }), NOW);
    expect(isSigned(other?.key, headers, MESSAGE.body)).to.equal(false);
  });

  it('is of a key of the endpoint as well, if that is wished for', () => {
    const asymmetric = endpoint({ v1a: 'yes', generation: '2', overlap_until: LATER });
    const signatures = signer.headers(asymmetric, MESSAGE, NOW)['webhook-signature'].split(' ');
    expect(signatures.map((one) => one.split(',')[0])).to.deep.equal(['v1', 'v1a', 'v1', 'v1a']);
    const keys = signer.publicKeys(asymmetric, NOW);
    expect(keys.map(({ until }) => until)).to.deep.equal([null, LATER]);
    const content = Buffer.from(`${MESSAGE.id}.${MESSAGE.timestampSeconds}.${MESSAGE.body}`);
    const isOf = (key: string | undefined, signature: string | undefined) => {
      const x = Buffer.from(key?.slice('whpk_'.length) ?? '', 'base64').toString('base64url');
      const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      return verify(null, content, publicKey, Buffer.from(signature?.slice('v1a,'.length) ?? '', 'base64'));
    };
    const [present, former] = keys.map(({ key }) => key);
    expect(isOf(present, signatures[1])).to.equal(true);
    expect(isOf(former, signatures[3])).to.equal(true);
    expect(isOf(present, signatures[3])).to.equal(false);
    expect(verifies(signer.secret(asymmetric), signer.headers(asymmetric, MESSAGE, NOW))).to.equal(true);
  });

  it('shows public keys only of endpoints that have some, and the former one only during the overlap', () => {
    expect(signer.publicKeys(endpoint(), NOW)).to.deep.equal([]);
    const rotated = endpoint({ v1a: 'yes', generation: '2', overlap_until: LATER });
    expect(signer.publicKeys(rotated, Date.parse(LATER))).to.have.length(1);
  });
});
