import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { newId } from '../../src/events/new-id.ts';
import { openMongoReadModel } from '../../src/projections/mongodb/open.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED, USER_REMOVED } from '../support/events.ts';
import { startStandIn } from '../support/eventstore/stand-in.ts';
import { imports } from '../support/imports.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { JWT_SECRET, ORGANIZATION, startTestService, USER } from '../support/service.ts';
import { VIEWS_FILE } from '../support/stores.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const IMPORT = newId();
const SECRET_ISSUED = { type: 'SecretIssued', data: { organization_id: ORGANIZATION } };

/** Every command that only asks, and what it may end with. */
const ASKING: readonly (readonly [command: string, ...codes: number[]])[] = [
  ['users list', 0],
  ['secrets list --json', 0],
  ['quarantine list', 0],
  ['quarantine show import-none', 4],
  ['quarantine retry --all --dry-run', 0, 3],
  ['verify', 0, 1, 3],
  ['verify --all', 0, 1, 3],
  ['verify --all --repair --dry-run', 0, 1, 3],
  ['status --no-service', 0],
  ['check --no-service', 0, 1, 2],
  ['events', 0],
  [`show ${IMPORT}`, 0],
  [`audit ${IMPORT}`, 0],
  ['audit --operator nobody', 4],
  ['retry --failed --dry-run', 0],
  ['export', 0],
  ['replay --dry-run', 0],
  [`replay --only ${IMPORT} --dry-run`, 0, 4],
  ['webhooks list', 0],
  ['connections list', 0],
  [`connections test --organization ${ORGANIZATION}`, 4],
  ['versions list', 0],
  ['keys list', 0],
  // Nobody gives it any input.
  ['load --dry-run', 0],
];

/** Whatever a folder holds: of each file its bytes, when it was written, whose it is. */
function stateOf(folder: string): { [name: string]: string } {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    names.map((name) => {
      const path = join(folder, name);
      const { size, mtimeNs, uid, gid, mode } = statSync(path, { bigint: true });
      const bytes = statSync(path).isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      return [name, [size, mtimeNs, uid, gid, mode, bytes].join(' ')];
    }),
  );
}

describe('a command that only asks changes nothing', () => {
  let data: EmbeddedData;
  let folder: string;
  let exported: string;

  beforeEach(async () => {
    data = embeddedData();
    folder = data.env.DATA_DIR as string;
    await data.append(`import-${IMPORT}`, newEvent(IMPORT_REQUESTED));
    await data.append(`user-${USER}`, newEvent(USER_REGISTERED));
    await data.append(`secret-${USER}`, newEvent(SECRET_ISSUED));
    await data.project();
    exported = (await imports(data.env, 'export')).stdout;
  });

  afterEach(() => data.remove());

  /** Runs them all. What each leaves is held against what was there before. */
  async function askEverything(commands = ASKING): Promise<void> {
    const before = stateOf(folder);
    for (const [command, ...codes] of commands) {
      const { code, stderr } = await imports(data.env, ...command.split(' '));
      expect(codes, `${command}: ${stderr}`).to.include(code);
      expect(stateOf(folder), command).to.deep.equal(before);
    }
  }

  it('where the service was stopped', async function () {
    this.timeout(120_000);
    expect(Object.keys(stateOf(folder))).to.include.members(['events.db', VIEWS_FILE]);
    expect(Object.keys(stateOf(folder))).to.not.include('events.db-wal');
    await askEverything();
  });

  it('where it was killed, and the newest events are in the write-ahead log', async function () {
    this.timeout(120_000);
    const killed = temporaryDirectory();
    await data.with(async (log) => {
      await log.append(`user-${newId()}`, [newEvent(USER_REGISTERED)], 'no_stream');
      cpSync(folder, killed.path, { recursive: true });
    });
    data.env.DATA_DIR = folder = killed.path;
    expect(statSync(join(folder, 'events.db-wal')).size).to.be.above(0);
    await askEverything();
    killed.remove();
  });

  it('where the views are gone, or behind', async function () {
    this.timeout(120_000);
    await data.append(`user-${newId()}`, newEvent(USER_REGISTERED));
    await askEverything([ASKING[0], ASKING[5], ASKING[8]] as never);
    for (const name of readdirSync(folder)) if (name.startsWith(VIEWS_FILE)) rmSync(join(folder, name));
    await askEverything();
  });

  it('where no key was made yet, or the views are damaged', async () => {
    writeFileSync(join(folder, VIEWS_FILE), 'no database, and longer than a page of one'.repeat(200));
    data.env.NODE_ENV = 'development';
    data.env.JWT_SECRET = '';
    await askEverything([ASKING[0], ASKING[1], ASKING[2], ASKING[6], ASKING[8], ASKING[15]] as never);
    expect(existsSync(join(folder, 'jwt_secret'))).to.equal(false);
  });

  it('where it runs: nothing is written by anybody but the service', async () => {
    const service = await startTestService();
    folder = service.dataDir;
    const requested = newEvent(IMPORT_REQUESTED);
    const { position } = await service.service.services.log.append(`import-${IMPORT}`, [requested], 'no_stream');
    await until(
      'it is projected',
      async () => (await service.service.services.readModel.checkpoint())?.position === position,
    );
    const sizes = () =>
      Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size] as const));
    const before = sizes();
    for (const [command, ...codes] of ASKING) {
      const { code, stderr } = await imports({ ...data.env, DATA_DIR: folder }, ...command.split(' '));
      expect(codes, `${command}: ${stderr}`).to.include(code);
    }
    expect(sizes()).to.deep.equal(before);
    await service.stop();
  }).timeout(120_000);

  it('load --dry-run makes no log where there is none, and says what it would append', async () => {
    const file = join(folder, 'events.ndjson');
    writeFileSync(file, exported);
    const nowhere = join(folder, 'nowhere');
    const before = stateOf(folder);
    const dry = await imports({ ...data.env, DATA_DIR: nowhere }, 'load', '--dry-run', file);
    expect(dry.stderr).to.match(/Would append 3 events; 0 were there already/);
    expect(dry.code).to.equal(0);
    expect((await imports(data.env, 'load', '--dry-run', file)).stderr).to.match(/Would append 0 events; 3 were there/);
    expect(stateOf(folder)).to.deep.equal(before);
  });
});

describe('users list and secrets list', () => {
  let data: EmbeddedData;
  const [first, second, third] = ['11', '22', '33'].map((start) => `${start}1900ba-e339-4dc9-87df-9dc8665adead`) as [
    string,
    string,
    string,
  ];

  beforeEach(async () => {
    data = embeddedData();
    await data.append(`user-${second}`, newEvent(USER_REGISTERED));
    await data.append(`user-${third}`, newEvent(USER_REGISTERED));
    await data.project();
    // What the views lack: a removal, and one who is new.
    await data.with((log) => log.append(`user-${second}`, [newEvent(USER_REMOVED)], 0));
    await data.append(`user-${first}`, newEvent(USER_REGISTERED));
  });

  afterEach(() => data.remove());

  const listed = async () => {
    const { stdout, code } = await imports(data.env, 'users', 'list', '--json');
    expect(code).to.equal(0);
    const rows = stdout.trimEnd().split('\n');
    return rows.map((line) => JSON.parse(line) as { id: string; removed_at: string | null });
  };
  const expectAll = async () => {
    const users = await listed();
    expect(users.map(({ id }) => id)).to.deep.equal([first, second, third]);
    expect(users.map(({ removed_at }) => removed_at !== null)).to.deep.equal([false, true, false]);
    return users;
  };

  it('have what the views lack, in the order of the ids, from the log', async () => {
    const users = await expectAll();
    await data.project();
    expect(await listed()).to.deep.equal(users);
  });

  it('are the same where there are no views, or none that can be used', async () => {
    const users = await expectAll();
    const folder = data.env.DATA_DIR as string;
    writeFileSync(join(folder, VIEWS_FILE), 'no database, and longer than a page of one'.repeat(200));
    expect(await listed()).to.deep.equal(users);
    rmSync(join(folder, VIEWS_FILE));
    expect(await listed()).to.deep.equal(users);
  });

  it('do not believe views that were written before the machine was started', async () => {
    data.sql(VIEWS_FILE, `UPDATE machine_start SET id = 'an earlier one'`, 'UPDATE users SET organization_id = id');
    expect((await expectAll()).every((user) => !Object.values(user).includes(`organization ${user.id}`))).to.equal(
      true,
    );
    expect((await listed()).map((user) => (user as { organization_id?: string }).organization_id)).to.deep.equal(
      Array(3).fill(ORGANIZATION),
    );
  });
});

describeWithMongodb('a command that only asks, of EventStoreDB and MongoDB', () => {
  let eventStore: Awaited<ReturnType<typeof startStandIn>>;
  let mongodb: Awaited<ReturnType<typeof freshDatabase>>;
  let env: NodeJS.ProcessEnv;
  const directory = temporaryDirectory();

  before(async () => {
    eventStore = await startStandIn();
    mongodb = await freshDatabase();
    const DATA_DIR = join(directory.path, 'none');
    env = { NODE_ENV: 'production', JWT_SECRET, EVENTSTORE_URL: eventStore.url, MONGODB_URL: mongodb.url, DATA_DIR };
  });

  after(async () => {
    await eventStore.stop();
    await mongodb.drop();
    directory.remove();
  });

  /** Everything in the database, its collections and indexes too. */
  async function everything(): Promise<unknown> {
    const client = await MongoClient.connect(mongodb.url);
    try {
      const names = (await client.db().listCollections().toArray()).map(({ name }) => name).sort();
      return await Promise.all(
        names.map(async (name) => {
          const collection = client.db().collection(name, { useBigInt64: true });
          const indexes = (await collection.indexes()).map((index) => index.name).sort();
          const documents = await collection.find().sort({ _id: 1 }).toArray();
          return [name, indexes, documents.map((document) => JSON.stringify(document, (_key, value) => String(value)))];
        }),
      );
    } finally {
      await client.close();
    }
  }

  it('makes nothing where there is nothing, and says that there is no log', async () => {
    const held = eventStore.events().length;
    for (const command of ['users list', 'status --no-service', 'verify', 'events', 'replay --dry-run']) {
      const { code, stderr } = await imports(env, ...command.split(' '));
      expect(code, command).to.equal(7);
      expect(stderr).to.match(
        /there is none in EventStoreDB yet\. Is EVENTSTORE_URL \(with EVENTSTORE_STREAM_PREFIX\) right\?|^$/,
      );
    }
    // These say in another way that there is nothing.
    for (const command of ['check --no-service', 'load --dry-run', 'keys list', 'webhooks list', 'connections list']) {
      const { stdout } = await imports(env, ...command.split(' '));
      expect(stdout, command).to.not.match(/^OK/);
    }
    expect(eventStore.events()).to.have.length(held);
    expect(await everything()).to.deep.equal([]);
  });

  it('changes nothing where the views are behind', async function () {
    this.timeout(120_000);
    for (let count = 0; count < 2; count += 1) await imports(env, 'users', 'add', '--organization', ORGANIZATION);
    const readModel = await openMongoReadModel({ url: mongodb.url });
    const [one] = await readModel.page('user', null, 1);
    expect(one).to.not.equal(undefined);
    await readModel.close();
    const before = [await everything(), eventStore.events().length];
    for (const [command] of ASKING.filter(([text]) => !/show |audit [^-]|replay --only/.test(text))) {
      await imports(env, ...command.split(' '));
      expect([await everything(), eventStore.events().length], command).to.deep.equal(before);
    }
    expect((await imports(env, 'users', 'list')).stdout.trim().split('\n')).to.have.length(2);
  });
});
