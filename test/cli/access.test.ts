import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import type { EventLog } from '../../src/events/event-log.ts';
import { newId } from '../../src/events/new-id.ts';
import { accessStream } from '../../src/events/streams.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { startImports } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
const JWT_SECRET = 'a-secret-of-more-than-thirty-two-bytes-for-tests';

describe('access past the API', () => {
  let data: EmbeddedData;
  let other: EmbeddedData;
  let directory: ReturnType<typeof temporaryDirectory>;
  let user: string;
  const env = () => ({ ...data.env, JWT_SECRET });

  beforeEach(async () => {
    directory = temporaryDirectory();
    [data, other] = [embeddedData(), embeddedData()];
    user = (await imports(env(), 'users', 'add', '--organization', ORGANIZATION)).stdout.trim();
  });

  afterEach(() => {
    for (const each of [directory, data, other]) each.remove();
  });

  const accessOf = (of: EmbeddedData) =>
    of.with(async (log: EventLog) =>
      (await log.readStream(accessStream(log.id)))
        .filter(({ type }) => type !== 'KeyIntroduced')
        .map(({ type, data, metadata }) => ({ type, data: JSON.parse(data), metadata: JSON.parse(metadata) })),
    );

  it('is recorded of a token, by its jti, with who, where and why', async () => {
    const who = ['--operator', 'ada', '--reason', 'ticket 4711'];
    const { stdout } = await imports(env(), 'token', '--user', user, '--expires-in', '600', ...who);
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1] as string, 'base64url').toString());
    const [minted] = await accessOf(data);
    expect(minted).to.deep.include({
      type: 'TokenMinted',
      data: {
        token: claims.jti,
        bearer: { kind: 'user', id: user },
        expires_at: new Date(claims.exp * 1000).toISOString(),
      },
    });
    expect(minted?.metadata).to.include({ operator: 'ada', host: hostname(), reason: 'ticket 4711' });
    expect(JSON.stringify(minted)).to.not.contain(stdout.trim().split('.')[2]);
  });

  it('is not given by a token that would last for years', async () => {
    const { code, stderr } = await imports(env(), 'token', '--user', user, '--expires-in', '999999999');
    expect(code).to.equal(2);
    expect(stderr).to.contain('at most 2678400 (31 days)');
  });

  it('is said not to be recorded if there is no log', async () => {
    const { code, stdout, stderr } = await imports(
      { ...other.env, JWT_SECRET },
      'token',
      '--user',
      user,
      '--unregistered',
    );
    expect([code, stdout.split('.').length]).to.deep.equal([0, 3]);
    expect(stderr).to.match(/^This is not recorded in the log: .*there is no events\.db/);
  });

  it('is said not to be recorded where the log cannot be written, and what is read comes out', async () => {
    const db = new DatabaseSync(join(data.env.DATA_DIR as string, 'events.db'));
    db.exec('BEGIN IMMEDIATE');
    try {
      const { code, stdout, stderr } = await imports(env(), 'export');
      expect(code).to.equal(0);
      expect(stdout).to.contain('UserRegistered');
      expect(stderr).to.contain('This is not recorded in the log: ');
    } finally {
      db.close();
    }
  });

  it('is recorded while a service runs', async () => {
    await data.with(async () => {
      const token = await startImports(env(), ['token', '--user', user]).ended();
      const exported = await startImports(env(), ['export']).ended();
      expect([token.code, token.stderr, exported.code]).to.deep.equal([0, '', 0]);
    });
    expect((await accessOf(data)).map(({ type }) => type)).to.deep.equal(['TokenMinted', 'LogExported']);
  });

  it('is recorded of an export, which leaves it out, and of a load, after which the log is the same', async () => {
    const file = join(directory.path, 'events.ndjson');
    await imports(env(), 'token', '--user', user);
    await imports(env(), 'export', '--output', file, '--operator', 'ada');
    expect((await accessOf(data)).map(({ type }) => type)).to.deep.equal(['TokenMinted', 'LogExported']);
    const [, exported] = await accessOf(data);
    expect(exported?.data).to.deep.include({ events: 1, to: file });
    const text = readFileSync(file, 'utf8');
    expect(text).to.not.contain('access-');
    expect((await imports(other.env, 'load', file)).code).to.equal(0);
    const loads = await accessOf(other);
    expect(loads.map(({ type, data }) => [type, data.events, data.into_live])).to.deep.equal([
      ['EventsLoaded', 0, false],
      ['EventsLoaded', 1, false],
    ]);
    const again = await imports(other.env, 'export');
    const lines = (of: string) => of.replace(/"position":"\d+"/g, '');
    expect(lines(again.stdout)).to.equal(lines(text));
    // The file has grown: what is there is its beginning still.
    await imports(env(), 'users', 'add', '--organization', ORGANIZATION);
    await imports(env(), 'export', '--output', file);
    expect(await imports(other.env, 'load', file)).to.include({ code: 0 });
  });

  it('is not given to a live log unless that is said, with a reason, and is told by its range of positions', async () => {
    const file = join(directory.path, 'events.ndjson');
    await imports(env(), 'export', '--output', file);
    await other.with((log) => log.append(`import-${newId()}`, [newEvent(IMPORT_REQUESTED)], 'no_stream'));
    const head = await other.with((log) => log.head());
    for (const dry of [[], ['--dry-run']]) {
      const { code, stderr } = await imports(other.env, 'load', ...dry, file);
      expect(code).to.equal(1);
      expect(stderr).to.contain('the log has other events than the beginning of the file').and.contain('--into-live');
    }
    expect(await other.with((log) => log.head())).to.equal(head);
    expect((await imports(other.env, 'load', '--into-live', file)).code).to.equal(2);
    expect((await imports(other.env, 'load', '--into-live', '--reason', 'moved', file)).code).to.equal(0);
    const ended = (await accessOf(other)).at(-1);
    expect(ended?.metadata.reason).to.equal('moved');
    expect(ended?.data).to.deep.include({ from: file, events: 1, into_live: true, after: String(head) });
    const after = await other.with((log) => log.readAll(head, 10));
    const user = after.find(({ type }) => type === 'UserRegistered');
    expect(Number(user?.position)).to.be.within(Number(head) + 1, Number(ended?.data.up_to));
  });

  it('is shown by an audit of whom it was given for, and of their organization, with host, reason and token', async () => {
    await imports(env(), 'users', 'add', '--organization', '3cb9eb0f-038c-4fa9-a4e8-aba57b177a83');
    const secret = JSON.parse(
      (await imports(env(), 'secrets', 'add', '--organization', ORGANIZATION, '--json')).stdout,
    ).id;
    const metadata = { user_id: undefined, secret_id: secret, address: '192.0.2.7', token_id: 'token-7' };
    await data.append(`import-${newId()}`, newEvent(IMPORT_REQUESTED, metadata));
    await imports(env(), 'token', '--user', user, '--operator', 'ada', '--reason', 'ticket 4711');
    const typesOf = async (...args: string[]) =>
      (await imports(env(), 'audit', ...args, '--json')).stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).type);
    expect(await typesOf('--about', `user:${user}`)).to.deep.equal(['UserRegistered', 'TokenMinted']);
    expect(await typesOf('--about', `secret:${secret}`)).to.deep.equal(['SecretIssued']);
    expect(await typesOf('--secret', secret)).to.deep.equal(['ImportRequested']);
    const inOrganization = ['UserRegistered', 'SecretIssued', 'ImportRequested', 'TokenMinted'];
    expect(await typesOf('--about', `organization:${ORGANIZATION}`)).to.deep.equal(inOrganization);
    expect(await typesOf('--organization', ORGANIZATION)).to.deep.equal(inOrganization.slice(0, 3));
    expect(await typesOf('--about', `organization:${ORGANIZATION}`, '--since', '2020-01-01')).to.not.include(
      'ImportRequested',
    );
    expect(await typesOf('--organization', ORGANIZATION, '--until', '2020-01-01')).to.deep.equal(['ImportRequested']);
    const { stdout } = await imports(env(), 'audit', '--operator', 'ada');
    expect(stdout).to.contain(`by operator ada`).and.contain(`on ${hostname()}`).and.contain('reason ticket 4711');
    expect((await imports(env(), 'audit', '--secret', secret)).stdout).to.contain('from 192.0.2.7, token token-7');
    expect((await imports(env(), 'audit', '--about', 'import:1')).code).to.equal(2);
  });

  it('is not taken from another log', async () => {
    const line = { position: '1', stream: accessStream(newId()), revision: 0, id: newId(), type: 'TokenMinted' };
    const file = join(directory.path, 'events.ndjson');
    writeFileSync(file, `${JSON.stringify({ ...line, data: '{}', metadata: '{}' })}\n`);
    const { code, stderr } = await imports(other.env, 'load', '--into-live', '--reason', 'x', file);
    expect(code).to.equal(1);
    expect(stderr).to.contain('another log, and this log keeps its own');
  });
});
