import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { certificateFor } from '../certificate.ts';
import { fakeApp } from './app.ts';
import { FakeSalesforce } from './fake-salesforce.ts';
import { FAULTS, type Fault } from './faults.ts';
import { attachment, contentVersion, type FakeFile } from './files.ts';

/**
 * The fake Salesforce as a process of its own. It has every document (069) and attachment (00P) that is asked for: each is the same image.
 * Its certificate and the app's key are made in the folder, or are those that are there. A line of JSON says what to set.
 */

const HELP = `node test/support/salesforce/run.ts --dir FOLDER [--image FILE] [--port N] [--fault NAME[@SHARE]]…

  --fault stall         each request that it can strike
  --fault reset@0.1     one of ten of them
  NAME: ${FAULTS.join(', ')}
`;

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    image: { type: 'string' },
    port: { type: 'string', default: '0' },
    fault: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
if (values.help || values.dir === undefined) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}

/** 1×1. */
const SMALL_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

const dir = resolve(values.dir);
mkdirSync(dir, { recursive: true });
const at = (name: string) => join(dir, name);
if (!existsSync(at('tls.pem'))) {
  const { cert, key } = certificateFor('localhost', 365);
  writeFileSync(at('tls.pem'), cert);
  writeFileSync(at('tls.key'), key);
  writeFileSync(at('salesforce.key'), fakeApp().privateKey, { mode: 0o600 });
}
const privateKey = createPrivateKey(readFileSync(at('salesforce.key')));
const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
const app = { ...fakeApp().app, publicKey };
const image = values.image === undefined ? SMALL_PNG : readFileSync(values.image);

const salesforce = await new FakeSalesforce({
  ...{ tls: { cert: readFileSync(at('tls.pem')), key: readFileSync(at('tls.key')) }, app },
  ...{ port: Number(values.port), made },
}).start();
salesforce.budget.most = 100_000_000;
for (const text of values.fault) {
  const [name = '', share = '1'] = text.split('@');
  if (!FAULTS.includes(name as Fault)) throw new Error(`There is no fault ${name}.\n${HELP}`);
  salesforce.faults.add(name as Fault, Number.POSITIVE_INFINITY, Number(share));
}
const told = {
  ...{ url: salesforce.url, username: app.username, client_id: app.clientId, client_secret: app.secret },
  env: {
    NODE_EXTRA_CA_CERTS: at('tls.pem'),
    SALESFORCE_CLIENT_ID: app.clientId,
    SALESFORCE_PRIVATE_KEY_FILE: at('salesforce.key'),
  },
};
process.stdout.write(`${JSON.stringify(told)}\n`);
process.once('SIGTERM', () => void salesforce.stop());
process.once('SIGINT', () => void salesforce.stop());

/** The image as whatever record is asked for. */
function made(id: string): FakeFile | null {
  const number = id.slice(3, 15);
  if (!/^\d{12}$/.test(number)) return null;
  if (id.startsWith('00P')) return attachment(Number(number), image);
  // A document has one version, the number of which ends with 001.
  const isVersion = id.startsWith('068');
  return isVersion || id.startsWith('069')
    ? contentVersion(isVersion ? Math.floor(Number(number) / 1_000) : Number(number), 1, image)
    : null;
}
