import { generateKeyPairSync } from 'node:crypto';
import type { FakeApp } from './logins.ts';

/** An app, and the private key of the certificate that was uploaded for it. */
export function fakeApp(): { readonly app: FakeApp; readonly privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const app = {
    clientId: '3MVG9.consumer_key',
    username: 'imports@acme.example',
    secret: 'B1C2D3E4F5-secret-of-the-app',
    publicKey,
  };
  return { app, privateKey };
}
