import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { expect } from 'chai';
import { exitCodes } from '../../src/cli/outcomes.ts';
import { certificateFor } from '../support/certificate.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { METADATA } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import type { Ended } from '../support/process.ts';
import { fakeApp } from '../support/salesforce/app.ts';
import { FakeSalesforce } from '../support/salesforce/fake-salesforce.ts';
import { fakeId } from '../support/salesforce/files.ts';

const ORGANIZATION = METADATA.organization_id;
const ID = ['--organization', ORGANIZATION];

describe('npx imports connections', () => {
  const certificate = certificateFor('localhost');
  const known = tls.getCACertificates('default');
  const { app, privateKey } = fakeApp();
  let salesforce: FakeSalesforce;
  let data: EmbeddedData;
  let env: NodeJS.ProcessEnv;
  let url: string[];

  before(() => tls.setDefaultCACertificates([certificate.cert]));
  after(() => tls.setDefaultCACertificates(known));

  beforeEach(async () => {
    salesforce = await new FakeSalesforce({ tls: certificate, app }).start();
    data = embeddedData();
    const key = join(data.env.DATA_DIR as string, 'salesforce.key');
    writeFileSync(key, privateKey, { mode: 0o600 });
    env = { ...data.env, SALESFORCE_CLIENT_ID: app.clientId, SALESFORCE_PRIVATE_KEY_FILE: key };
    url = ['--url', salesforce.url];
  });

  afterEach(async () => {
    data.remove();
    await salesforce.stop();
  });

  const run = (...args: string[]) => imports(env, 'connections', ...args);
  const add = (...args: string[]) => run('add', ...ID, ...url, ...args);
  const addUser = () => add('--username', app.username);

  function addSecret(secret: string): Promise<Ended> {
    const { stdin, ended } = runImports(env, ['connections', 'add', ...ID, ...url, '--client-id', app.clientId]);
    stdin.end(secret);
    return ended;
  }

  async function json(...args: string[]) {
    const { stdout } = await run(...args, '--json');
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  const events = () => data.with((log) => log.readStream(`connection-${ORGANIZATION}`));

  it('adds one once, and changes it', async () => {
    expect(await addUser()).to.deep.equal({ code: 0, stdout: '', stderr: 'The connection is added.\n' });
    expect((await addUser()).stderr).to.equal('The connection was added before; nothing was changed.\n');
    await add('--username', 'another@acme.example', '--audience', 'https://login.salesforce.com');
    expect(await json('list')).to.deep.equal([
      {
        ...{ organization_id: ORGANIZATION, status: 'connected', url: salesforce.url, login: 'jwt' },
        ...{ user: 'another@acme.example', audience: 'https://login.salesforce.com' },
        ...{ reason: null, detail: null, until: null },
      },
    ]);
    expect((await run('list')).stdout).to.contain(
      `${ORGANIZATION}\tconnected\t${salesforce.url}\tjwt\tanother@acme.example`,
    );
  });

  it('warns that a key must be set where the service runs', async () => {
    env = data.env;
    expect((await addUser()).stderr).to.match(/^The service logs in with SALESFORCE_PRIVATE_KEY_FILE/);
  });

  it('keeps a secret sealed, and in no event, view, file or line', async () => {
    const { stdout, stderr } = await addSecret(`${app.secret}\n`);
    const listed = JSON.stringify(await json('list'));
    expect(stderr).to.equal('The connection is added.\n');
    expect(listed).to.contain('client_credentials').and.contain(app.clientId);
    const files = readdirSync(data.env.DATA_DIR as string, { recursive: true, withFileTypes: true });
    const bytes = files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
    expect([stdout, stderr, listed, ...bytes].filter((text) => text.includes(app.secret))).to.deep.equal([]);
    expect((await run('test', ...ID)).code).to.equal(exitCodes.done);
  });

  it('takes another secret, and records that there is one', async () => {
    await addSecret('an-older-secret');
    expect((await run('test', ...ID)).stderr).to.match(/invalid client credentials.*with the app's present secret/);
    await addSecret(app.secret);
    expect((await run('test', ...ID)).code).to.equal(exitCodes.done);
    expect((await events()).map(({ type }) => type)).to.deep.equal(['ConnectionAdded', 'ConnectionAdded']);
  });

  for (const [what, args, says] of [
    ['neither a user nor an app', [], /give --username or --client-id/],
    ['an audience without a user', ['--client-id', 'a', '--audience', 'b'], /--audience goes with --username/],
    ['no secret', ['--client-id', 'a'], /there is no secret on standard input/],
  ] as const) {
    it(`is wrongly used with ${what}`, async () => {
      const { code, stderr } = await add(...args);
      expect(code).to.equal(exitCodes.wrongUsage);
      expect(stderr).to.match(says);
    });
  }

  it('asks for no secret at a terminal, where it would be shown', async () => {
    const args = ['connections', 'add', ...ID, ...url, '--client-id', app.clientId];
    const { code, stderr } = await runImports(env, args, { isAtTerminal: true }).ended;
    expect(code).to.equal(exitCodes.wrongUsage);
    expect(stderr).to.match(/give the secret on standard input/);
  });

  for (const [wrong, says] of [
    ['acme.my.salesforce.com', /is not the URL of an organization/],
    ['https://login.salesforce.com', /use the organization's own My Domain/],
    ['http://acme.my.salesforce.com', /must begin with https/],
    [
      'https://10.0.0.7',
      /may not be connected to: 10\.0\.0\.7 is no address of the public internet.*IMPORT_ALLOWED_HOSTS/,
    ],
  ] as const) {
    it(`is wrongly used with the URL ${wrong}`, async () => {
      const { code, stderr } = await run('add', ...ID, '--url', wrong, '--username', 'a@b.example');
      expect(code).to.equal(exitCodes.wrongUsage);
      expect(stderr).to.match(says);
    });
  }

  it('tests one: logs in, and says who the service is, what it may do and what is left', async () => {
    await addUser();
    const [members] = await json('test', ...ID);
    expect(members).to.deep.equal({
      ...{ organization_id: ORGANIZATION, url: salesforce.url, api: salesforce.url },
      ...{ salesforce_organization_id: fakeId('00D', 7), user_id: fakeId('005', 7), username: app.username },
      ...{ reads_files: true, sees_all_files: true, reads_attachments: true, sees_all_attachments: true },
      ...{ api_requests_used: 4, api_requests_limit: 15_000, missing: [] },
    });
    const { code, stdout, stderr } = await run('test', ...ID);
    expect(code).to.equal(exitCodes.done);
    expect(stdout).to.match(/^sees_all_files +true$/m);
    expect(stderr).to.match(/^POST \S+\/services\/oauth2\/token: 200 \(\d+ ms\)$/m);
  });

  it('tells of each permission that is missing, and ends with 1', async () => {
    await addUser();
    salesforce.permissions.PermissionsQueryAllFiles = false;
    salesforce.permissions.PermissionsViewAllData = false;
    const { code, stderr } = await run('test', ...ID);
    expect(code).to.equal(exitCodes.failed);
    expect(stderr)
      .to.match(/give it the permission Query All Files/)
      .and.match(/the permission View All Data/);
    salesforce.faults.add('no_access_to_files', 1);
    expect((await run('test', ...ID)).stderr).to.match(/may not read Salesforce Files/);
  });

  it('tells why the login is refused, and ends with 1', async () => {
    await addUser();
    salesforce.faults.add('app_not_found');
    const { code, stderr } = await run('test', ...ID);
    expect(code).to.equal(exitCodes.failed);
    expect(stderr).to.match(/: 400 \(\d+ ms\)\nSalesforce refused the login \(app_not_found: .*its own My Domain/);
  });

  it('pauses one and resumes it, with the reasons on record', async () => {
    await addUser();
    expect((await run('pause', ...ID, '--reason', 'maintenance')).stderr).to.equal('The connection is paused.\n');
    expect((await run('pause', ...ID, '--reason', 'maintenance')).stderr).to.match(/was paused before/);
    const [paused] = await json('list');
    expect(paused).to.include({ status: 'paused', reason: 'asked', detail: 'maintenance', until: null });
    expect((await run('resume', ...ID, '--reason', 'over')).stderr).to.equal('The connection is resumed.\n');
    expect((await run('resume', ...ID, '--reason', 'over')).stderr).to.match(/did not pause/);
    expect((await json('list'))[0]).to.include({ status: 'connected', reason: null });
    expect((await events()).at(-1)?.data).to.equal('{"reason":"over"}');
  });

  it('removes one, with its secret, and lists it only if that is asked for', async () => {
    await addSecret(app.secret);
    expect((await run('remove', ...ID)).code).to.equal(exitCodes.wrongUsage);
    expect((await run('remove', ...ID, '--yes')).stderr).to.equal('The connection is removed.\n');
    expect((await run('remove', ...ID, '--yes')).stderr).to.match(/was removed before/);
    expect(await json('list')).to.deep.equal([]);
    expect((await json('list', '--removed'))[0]).to.include({ status: 'removed' });
    expect((await run('test', ...ID)).code).to.equal(exitCodes.notFound);
  });

  it('finds no connection where there is none', async () => {
    await addUser();
    const other = ['--organization', '00000000-0000-4000-8000-000000000000'];
    for (const args of [['test'], ['pause', '--reason', 'a'], ['resume', '--reason', 'a'], ['remove', '--yes']]) {
      expect((await run(...args, ...other)).code, args[0]).to.equal(exitCodes.notFound);
    }
  });
});
