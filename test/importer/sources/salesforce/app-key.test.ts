import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BadConfig } from '../../../../src/errors/bad-config.ts';
import { appKey } from '../../../../src/importer/sources/salesforce/app-key.ts';
import { readConfig } from '../../../../src/settings/config.ts';
import { fakeApp } from '../../../support/salesforce/app.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

const PKCS8 = { type: 'pkcs8', format: 'pem' } as const;
const SPKI = { type: 'spki', format: 'pem' } as const;

describe('the key of the app', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'salesforce.key');
  const config = (settings: NodeJS.ProcessEnv = {}) =>
    readConfig({ SALESFORCE_CLIENT_ID: '3MVG9.key', SALESFORCE_PRIVATE_KEY_FILE: file, ...settings }, false);
  const keyIn = (pem: string) => {
    writeFileSync(file, pem, { mode: 0o600 });
    return appKey(config());
  };

  after(() => directory.remove());

  it('is an RSA key of 2048 bits or more', () => {
    expect(keyIn(fakeApp().privateKey)).to.deep.include({ clientId: '3MVG9.key' });
  });

  it('is none if none is set', () => {
    expect(appKey(config({ SALESFORCE_CLIENT_ID: '', SALESFORCE_PRIVATE_KEY_FILE: '' }))).to.equal(null);
  });

  for (const [what, pem, says] of [
    [
      'an EC key',
      generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: PKCS8, publicKeyEncoding: SPKI }).privateKey,
      /holds a key of type ec, and Salesforce takes only RSA keys: `openssl req/,
    ],
    [
      'a short RSA key',
      generateKeyPairSync('rsa', { modulusLength: 1_024, privateKeyEncoding: PKCS8, publicKeyEncoding: SPKI })
        .privateKey,
      /holds an RSA key of 1024 bits, and Salesforce takes 2048 or more/,
    ],
    ['a public key', fakeApp().app.publicKey, /holds no private key in PEM/],
    ['something else', 'not a key', /holds no private key in PEM/],
    [
      'a key with a passphrase',
      generateKeyPairSync('rsa', {
        modulusLength: 2_048,
        privateKeyEncoding: { ...PKCS8, cipher: 'aes-256-cbc', passphrase: 'x' },
        publicKeyEncoding: SPKI,
      }).privateKey,
      /is encrypted with a passphrase: `openssl pkey -in FILE -out NEW` takes it off/,
    ],
  ] as const) {
    it(`is refused if the file holds ${what}`, () => {
      expect(() => keyIn(pem)).to.throw(BadConfig, says);
      expect(() => keyIn(pem)).to.throw(`SALESFORCE_PRIVATE_KEY_FILE: ${file} `);
    });
  }

  it('is refused if there is no file, or a folder', () => {
    const missing = config({ SALESFORCE_PRIVATE_KEY_FILE: join(directory.path, 'missing') });
    expect(() => appKey(missing)).to.throw(BadConfig, /missing cannot be used: /);
    mkdirSync(join(directory.path, 'folder'));
    const folder = config({ SALESFORCE_PRIVATE_KEY_FILE: join(directory.path, 'folder') });
    expect(() => appKey(folder)).to.throw(BadConfig, /folder cannot be used: it is no file/);
  });
});
