import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { EmbeddedSealedStore } from '../../src/importer/sealed/embedded/embedded-sealed-store.ts';
import { ConnectionSecrets } from '../../src/importer/sources/salesforce/connection-secrets.ts';
import { Keys } from '../../src/tokens/keys.ts';
import { imports } from '../support/imports.ts';
import { ORGANIZATION, startTestService, type TestService } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const [OLD, NEW, OTHER] = ['old', 'new', 'other'].map(
  (name) => `${name}: a secret of the tests; long enough for HS256`,
) as [string, string, string];
const [old, newer] = [new Keys(OLD).newest.fingerprint, new Keys(NEW).newest.fingerprint];
const BOTH = `${NEW},${OLD}`;

describe('a rotation of the key, as docs/operating.md has it', () => {
  const directory = temporaryDirectory();
  let service: TestService | null = null;
  let secret: { id: string; secret: string };
  let webhook: typeof secret;
  let session: string;

  const restart = async (JWT_SECRET: string) => {
    await service?.stop();
    // In development, a webhook may be at this machine.
    service = await startTestService({ NODE_ENV: 'development', DATA_DIR: directory.path, JWT_SECRET });
    await service.service.services.follower.whenLevel();
    return service;
  };
  const run = (JWT_SECRET: string, ...args: string[]) =>
    imports({ NODE_ENV: 'production', DATA_DIR: directory.path, JWT_SECRET }, ...args);
  const rotate = (...args: string[]) => run(BOTH, 'keys', 'rotate', '--reason', 'yearly', ...args);
  const rows = (stdout: string) =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const listed = async () => rows((await run(BOTH, 'keys', 'list', '--json')).stdout);
  const answer = (token: string) =>
    (service as TestService).request('/api/v1/imports', { headers: { Authorization: `Token ${token}` } });
  const tokenOfSecret = (signedWith = secret) => jwt.sign({ iss: signedWith.id, admin: true }, signedWith.secret);

  async function connectionSecrets<T>(keys: Keys, work: (secrets: ConnectionSecrets) => Promise<T>): Promise<T> {
    const store = new EmbeddedSealedStore({ file: join(directory.path, 'sealed.db') });
    try {
      return await work(new ConnectionSecrets(store, keys));
    } finally {
      await store.close();
    }
  }

  before(async () => {
    const { token, request } = await restart(OLD);
    session = token();
    secret = JSON.parse((await run(OLD, 'secrets', 'add', '--organization', ORGANIZATION, '--json')).stdout);
    const body = JSON.stringify({ url: 'https://127.0.0.1:9/hook', types: ['*'] });
    const headers = { 'Content-Type': 'application/json' };
    webhook = (await (await request('/api/v1/webhooks', { method: 'POST', body, headers })).json()) as typeof secret;
    await connectionSecrets(new Keys(OLD), (secrets) => secrets.keep(ORGANIZATION, 'of Salesforce'));
  });

  after(async () => {
    await service?.stop();
    directory.remove();
  });

  it('begins with a start of the service with the new key before the old one', async () => {
    await restart(BOTH);
    const [first, second, ...others] = await listed();
    expect(first).to.include({ fingerprint: newer, use: 'signs', retired_at: null, secrets: '0', webhooks: '0' });
    expect(second).to.include({ fingerprint: old, use: 'accepted', secrets: '1', webhooks: '1', connections: '1' });
    expect(others).to.deep.equal([]);
  });

  it('leaves sessions and issued secrets as they are; the next token of a session is signed with the new key', async () => {
    const answered = await answer(session);
    expect(answered.status).to.equal(200);
    expect(jwt.verify(answered.headers.get('x-token') as string, NEW)).to.have.property('user_id');
    const ofSecret = await answer(tokenOfSecret());
    expect(ofSecret.status).to.equal(200);
    expect(jwt.verify(ofSecret.headers.get('x-token') as string, secret.secret)).to.include({ iss: secret.id });
  });

  it('accepts no token of an issued secret that the other key would have', async () => {
    const forged = { id: secret.id, secret: new Keys(NEW).secret(secret.id) };
    expect((await answer(tokenOfSecret(forged))).status).to.equal(401);
    const added = await run(BOTH, 'secrets', 'add', '--organization', ORGANIZATION, '--json');
    const issued: typeof secret = JSON.parse(added.stdout);
    expect(issued.secret).to.equal(new Keys(NEW).secret(issued.id));
    expect((await answer(tokenOfSecret(issued))).status).to.equal(200);
    const byOld = { id: issued.id, secret: new Keys(OLD).secret(issued.id) };
    expect((await answer(tokenOfSecret(byOld))).status).to.equal(401);
  });

  it('refuses commands in a shell that has only the old key by now, or another one', async () => {
    for (const JWT_SECRET of [OLD, OTHER]) {
      const { code, stdout, stderr } = await run(JWT_SECRET, 'secrets', 'add', '--organization', ORGANIZATION);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.include('What this command makes would not be accepted').and.include('sudo');
    }
    const { length } = rows((await run(BOTH, 'secrets', 'list', '--json')).stdout);
    expect(length).to.equal(2);
  });

  it('seals again what is sealed, and says what still hangs on the old key and what to do', async () => {
    const { code, stderr } = await rotate();
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include(`Sealed again with the key ${newer}: 1 secret.`);
    const [recorded] = rows((await run(BOTH, 'events', '--type', 'SecretsResealed', '--json')).stdout);
    expect(recorded).to.deep.include({ data: { key: newer, secrets: 1 } });
    expect(recorded.metadata).to.include({ reason: 'yearly' });
    expect(stderr).to.include(`The key ${old} is not retired`);
    expect(stderr).to.include('1 issued secret: issue another one').and.include('1 webhook: add --webhooks');
    expect(await connectionSecrets(new Keys(NEW), (secrets) => secrets.of(ORGANIZATION))).to.equal('of Salesforce');
    const on = rows((await run(BOTH, 'keys', 'list', '--on', old, '--json')).stdout);
    expect(on).to.deep.equal([
      { kind: 'secret', id: secret.id, organization_id: ORGANIZATION, until: null },
      { kind: 'webhook', id: webhook.id, organization_id: ORGANIZATION, until: null },
    ]);
  });

  it('gives webhooks new secrets if it is asked to; the old ones sign for a day', async () => {
    const { code, stdout, stderr } = await rotate('--webhooks', '--yes', '--json');
    expect(code, stderr).to.equal(0);
    const [rotated, ...others] = rows(stdout);
    expect(others).to.deep.equal([]);
    expect(rotated).to.include({ id: webhook.id, organization_id: ORGANIZATION, url: 'https://127.0.0.1:9/hook' });
    expect(rotated.secret)
      .to.match(/^whsec_/)
      .and.not.equal(webhook.secret);
    const { signer, readModel } = (service as TestService).service.services;
    const view = (await readModel.get('webhook', webhook.id))?.view;
    expect(signer.secret(view as NonNullable<typeof view>)).to.equal(rotated.secret);
    const on = rows((await run(BOTH, 'keys', 'list', '--on', old, '--json')).stdout);
    expect(on.find(({ kind }) => kind === 'webhook')?.until).to.match(/Z$/);
    expect((await rotate('--webhooks', '--yes')).stdout).to.equal('');
  });

  it('retires a key on which something hangs only if it is told to, and asks', async () => {
    expect((await rotate('--retire', '0123456789abcdef', '--yes')).code).to.equal(4);
    expect((await rotate('--retire', newer, '--yes')).code).to.equal(4);
    expect((await rotate('--retire', old)).code).to.equal(2);
    expect((await run(BOTH, 'secrets', 'revoke', secret.id, '--yes')).code).to.equal(0);
    const { code, stderr } = await rotate('--retire', old, '--yes');
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include(`The key ${old} is retired. Take it out of JWT_SECRET`);
    const [, second] = await listed();
    expect(second).to.include({ fingerprint: old, use: 'retired', secrets: '0', connections: '0' });
    expect(second.retired_at).to.match(/Z$/);
  });

  it('ends with a start without the old key, which no service accepts any more', async () => {
    await restart(BOTH);
    expect((await answer(session)).status).to.equal(401);
    await restart(NEW);
    expect((await answer(session)).status).to.equal(401);
    expect((await run(NEW, 'keys', 'rotate', '--reason', 'again')).stderr).to.include(
      'the only one that is not retired',
    );
    await service?.stop();
    service = null;
    let refused: unknown;
    service = await startTestService({ DATA_DIR: directory.path, JWT_SECRET: OLD }).catch((error) => {
      refused = error;
      return null;
    });
    expect((refused as Error).message).to.include(`${old} (retired)`);
  });
});

describe('a shell without the JWT_SECRET of the service', () => {
  let service: TestService;

  before(async () => {
    service = await startTestService();
  });

  after(() => service.stop());

  it('cannot issue a secret that nobody would accept, and makes no key', async () => {
    for (const NODE_ENV of [undefined, 'development']) {
      const env = { NODE_ENV, DATA_DIR: service.dataDir };
      const { code, stdout, stderr } = await imports(env, 'secrets', 'add', '--organization', ORGANIZATION);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.include('set JWT_SECRET to that of the service');
      expect((await imports(env, 'token', '--user', 'f1900bba-e339-4dc9-87df-9dc8665adead')).code).to.equal(1);
    }
    expect(existsSync(join(service.dataDir, 'jwt_secret'))).to.equal(false);
    expect((await imports({ DATA_DIR: service.dataDir }, 'secrets', 'list')).stdout).to.equal('');
  });
});

describe('a log that a command begins', () => {
  it('knows the key of its first secret', async () => {
    const directory = temporaryDirectory();
    const env = { NODE_ENV: 'development', DATA_DIR: directory.path };
    expect((await imports(env, 'secrets', 'add', '--organization', ORGANIZATION)).code).to.equal(0);
    const refused = await imports({ ...env, JWT_SECRET: OTHER }, 'secrets', 'add', '--organization', ORGANIZATION);
    expect(refused.stderr).to.include('JWT_SECRET is not that of this log');
    expect((await imports(env, 'secrets', 'add', '--organization', ORGANIZATION)).code).to.equal(0);
    directory.remove();
  });
});
