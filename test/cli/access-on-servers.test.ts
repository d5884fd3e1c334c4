import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { openEventStoreLog } from '../../src/events/eventstore/open.ts';
import { accessStream } from '../../src/events/streams.ts';
import { type StandIn, startStandIn } from '../support/eventstore/stand-in.ts';
import { imports } from '../support/imports.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { JWT_SECRET, ORGANIZATION } from '../support/service.ts';
import { startHere } from '../support/start-here.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const BY = { operator: 'ada', host: hostname(), reason: 'ticket 4711' };
const WHO = ['--operator', BY.operator, '--reason', BY.reason];

describeWithMongodb('access past the API, on EventStoreDB and MongoDB', () => {
  let server: StandIn;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let directory: ReturnType<typeof temporaryDirectory>;
  /** The settings of two logs on one server, with views in one database. */
  let env: NodeJS.ProcessEnv;
  let other: NodeJS.ProcessEnv;
  let user: string;

  const settingsOf = (name: string): NodeJS.ProcessEnv => {
    const blobs = join(directory.path, `blobs-${name}`);
    mkdirSync(blobs);
    return {
      ...{ NODE_ENV: 'production', JWT_SECRET, EVENTSTORE_URL: server.url, MONGODB_URL: database.url },
      ...{ EVENTSTORE_STREAM_PREFIX: `${name}_`, BLOBS_URL: pathToFileURL(blobs).href },
      DATA_DIR: join(directory.path, name),
    };
  };

  beforeEach(async () => {
    [server, database, directory] = [await startStandIn(), await freshDatabase(), temporaryDirectory()];
    [env, other] = [settingsOf('one'), settingsOf('other')];
    const added = await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    expect(added.code, added.stderr).to.equal(0);
    user = added.stdout.trim();
  });

  afterEach(async () => {
    await database.drop();
    await server.stop();
    directory.remove();
  });

  /** What the log has recorded of access, without keys. */
  async function accessTo({ EVENTSTORE_STREAM_PREFIX: streamPrefix }: NodeJS.ProcessEnv) {
    const log = await openEventStoreLog({ url: server.url, streamPrefix, isMade: false });
    const all = await log.readStream(accessStream(log.id));
    await log.close();
    return all
      .filter(({ type }) => type !== 'KeyIntroduced')
      .map(({ type, data, metadata }) => ({ type, data: JSON.parse(data), metadata: JSON.parse(metadata) }));
  }

  const done = async (settings: NodeJS.ProcessEnv, ...args: string[]) => {
    const ended = await imports(settings, ...args, ...WHO);
    expect(ended.code, ended.stderr).to.equal(0);
    return ended;
  };

  it('is recorded of tokens, exports, backups, loads and restores, with who, where and why', async () => {
    const [file, backup] = [join(directory.path, 'events.ndjson'), join(directory.path, 'backup')];
    await done(env, 'token', '--user', user);
    await done(env, 'export', '--output', file);
    await done(env, 'backup', backup);
    await done(other, 'load', file);
    const restored = settingsOf('restored');
    await done(restored, 'restore', backup, '--yes');

    for (const [settings, types] of [
      [env, ['TokenMinted', 'LogExported', 'LogBackedUp']],
      [other, ['EventsLoaded', 'EventsLoaded']],
      [restored, ['TokenMinted', 'LogExported', 'LogRestored']],
    ] as const) {
      const access = await accessTo(settings);
      expect(access.map(({ type }) => type)).to.deep.equal(types);
      for (const { type, metadata } of access) expect(metadata, type).to.include(BY);
    }
  });

  it('is recorded of a database that is adopted, before anything is thrown away', async () => {
    await (await startHere(env)).stop(0);
    server.faults.beforeAppend = 'drop';
    const refused = await startHere(other, undefined, BY).then(
      (service) => service.stop(0),
      (error) => error,
    );
    expect(refused).to.include({ code: 'log_unavailable' });
    server.faults.clear();
    expect((await imports(env, 'users', 'list')).stdout).to.contain(user);

    await (await startHere(other, undefined, BY)).stop(0);
    const adopted = (await accessTo(other)).map(({ type, data, metadata }) => {
      expect(metadata).to.include(BY);
      return `${type} ${data.store}`;
    });
    expect(adopted).to.have.members(['StoreAdopted views', 'StoreAdopted deliveries', 'StoreAdopted sealed']);
  });

  it('is said not to be recorded if nothing can be appended, and what is read comes out', async () => {
    server.faults.beforeAppend = 'drop';
    for (const args of [['token', '--user', user], ['export'], ['backup', join(directory.path, 'backup')]]) {
      const { code, stdout, stderr } = await imports(env, ...args, ...WHO);
      expect(code, stderr).to.equal(0);
      expect(stderr).to.contain('This is not recorded in the log: The event log is unavailable');
      if (args[0] !== 'backup') expect(stdout).not.to.equal('');
    }
    server.faults.clear();
    expect(await accessTo(env)).to.deep.equal([]);
  });
});
