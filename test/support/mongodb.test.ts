import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { MongoClient } from 'mongodb';
import { describeWithMongodb, describeWithOwnMongodb, freshDatabase, startMongodb, withFreshName } from './mongodb.ts';
import { rejectionOf } from './rejection-of.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

const MOCHA = fileURLToPath(new URL('../../node_modules/mocha/bin/mocha.js', import.meta.url));

/** The ids of the documents in a collection, after one more is inserted if `id` is given. */
async function ids(url: string, id?: number): Promise<number[]> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 500 });
  try {
    const collection = client.db().collection<{ _id: number }>('numbers');
    if (id !== undefined) await collection.insertOne({ _id: id });
    return (await collection.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
  } finally {
    await client.close();
  }
}

describeWithMongodb('fresh databases of the tests', () => {
  it('are empty and separate, and gone after they are dropped', async () => {
    const [one, two] = [await freshDatabase(), await freshDatabase()];
    expect(await ids(one.url, 1)).to.deep.equal([1]);
    expect(await ids(two.url, 2)).to.deep.equal([2]);
    await one.drop();
    expect(await ids(one.url)).to.deep.equal([]);
    expect(await ids(two.url)).to.deep.equal([2]);
    await two.drop();
  });
});

describe('the URL of a fresh database', () => {
  for (const [url, expected] of [
    ['mongodb://h:1', /^mongodb:\/\/h:1\/test_\w{8}$/],
    ['mongodb://h:1,i:2/imports?replicaSet=rs', /^mongodb:\/\/h:1,i:2\/imports_\w{8}\?replicaSet=rs$/],
    ['mongodb://u:p%40@h/imports', /^mongodb:\/\/u:p%40@h\/imports_\w{8}\?authSource=imports$/],
    ['mongodb://u:p@h/?tls=true', /^mongodb:\/\/u:p@h\/test_\w{8}\?tls=true&authSource=admin$/],
    ['mongodb://u:p@h/imports?authSource=other', /^mongodb:\/\/u:p@h\/imports_\w{8}\?authSource=other$/],
  ] as const) {
    it(`has the servers, the user and the options of ${url}`, () => {
      expect(withFreshName(url)).to.match(expected);
      expect(withFreshName(url)).not.to.equal(withFreshName(url));
    });
  }
});

describeWithOwnMongodb('a server of one test', () => {
  it('says why it does not start', async () => {
    const server = await startMongodb();
    await server.kill();
    const other = createServer((socket) => socket.destroy()).listen(server.port, '127.0.0.1');
    await once(other, 'listening');
    expect((await rejectionOf(server.start())).message).to.match(/address already in use/i);
    other.close();
    await server.remove();
  });
});

describe('a run of tests that need MongoDB', () => {
  const PATH = process.env.PATH;
  const REASON = 'needs MONGODB_URL, or mongod or Go on the PATH';
  const PRINT_URL = 'console.log((await freshDatabase()).url);';

  it('leaves them pending and says why if there is no server', async () => {
    const { code, stdout } = await runMocha('', { PATH: '' }).ended();
    expect(stdout).to.contain(`the store (${REASON})`).and.contain('1 pending');
    expect(code).to.equal(0);
  });

  it('fails and says why if there is no server in CI', async () => {
    const { code, stdout } = await runMocha('', { PATH: '', CI: 'true' }).ended();
    expect(stdout).to.contain('1 failing').and.contain(`Error: ${REASON}`);
    expect(code).to.equal(1);
  });

  describeWithOwnMongodb('on a machine that can start a server', () => {
    it('ends by itself, and its server with it', async () => {
      const { code, stdout } = await runMocha(PRINT_URL, { PATH }).ended();
      expect(stdout).to.contain('1 passing');
      expect(code).to.equal(0);
      await goneFrom(portIn(stdout));
    });

    it('leaves no server when it is killed', async () => {
      const run = runMocha(`${PRINT_URL} await new Promise(() => {});`, { PATH });
      const port = await until('it has a server', () => portIn(run.stdout()));
      run.child.kill('SIGKILL');
      await goneFrom(port);
    });

    it('uses the server that MONGODB_URL names', async () => {
      const server = await startMongodb();
      const url = `${server.url('imports')}?appName=tests`;
      const { stdout } = await runMocha(PRINT_URL, { PATH: '', MONGODB_URL: url }).ended();
      expect(stdout).to.match(new RegExp(`^${server.url('imports')}_\\w{8}\\?appName=tests$`, 'm'));
      await server.remove();
    });
  });
});

/** The port in the URL that a run has printed. */
function portIn(stdout: string): number | null {
  const port = /^mongodb:\/\/127\.0\.0\.1:(\d+)\//m.exec(stdout)?.[1];
  return port === undefined ? null : Number(port);
}

async function goneFrom(port: number | null): Promise<void> {
  await until('its server is gone', async () => {
    const socket = connect(port as number, '127.0.0.1');
    const refused = await once(socket, 'connect').then(
      () => false,
      () => true,
    );
    socket.destroy();
    return refused;
  });
}

/** Runs mocha on one test with this body, which needs the shared server. */
function runMocha(body: string, env: NodeJS.ProcessEnv) {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'some.test.ts');
  writeFileSync(
    file,
    `import { describeWithMongodb, freshDatabase } from '${new URL('mongodb.ts', import.meta.url)}';
     describeWithMongodb('the store', () => { it('stores', async () => { ${body} }); });`,
  );
  const child = spawn(process.execPath, [MOCHA, '--no-config', '--no-color', '--timeout=0', file], {
    env: { HOME: process.env.HOME, TMPDIR: directory.path, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  const closed = once(child, 'close').finally(directory.remove);
  return {
    child,
    stdout: () => stdout,
    async ended() {
      const [code] = await closed;
      return { code, stdout };
    },
  };
}
