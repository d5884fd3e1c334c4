import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MongoClient } from 'mongodb';
import { lastingPort } from './lasting-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/**
 * MongoDB to test with: the server that `MONGODB_URL` names, else a `mongod` of the tests' own, else FerretDB, which
 * speaks MongoDB's protocol and is built from `ferretdb/` by Go. Where there is none of them, the tests that need one
 * are pending and say why; where `CI` is set, they fail.
 */

const SOURCE = fileURLToPath(new URL('ferretdb/', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/ferretdb/', import.meta.url));

/** Time for the first build of FerretDB, which loads and compiles everything that it is made of. */
const BUILD_MS = 600_000;
const READY_MS = 30_000;

/** A server of a test's own. */
export interface TestMongodb {
  readonly port: number;
  url(database: string): string;
  /** Ends it by SIGTERM. */
  stop(): Promise<void>;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after `stop` or `kill`, on the same port, with the same data. */
  start(): Promise<void>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/** Describes what needs `freshDatabase`. */
export function describeWithMongodb(title: string, body: () => void): void {
  describeUnless(process.env.MONGODB_URL ? undefined : missing(), title, body, shared);
}

/** Describes what needs `startMongodb`. */
export function describeWithOwnMongodb(title: string, body: () => void): void {
  describeUnless(missing(), title, body, command);
}

function describeUnless(reason: string | undefined, title: string, body: () => void, prepare: () => unknown): void {
  if (reason !== undefined && !process.env.CI) {
    describe.skip(`${title} (${reason})`, body);
    return;
  }
  describe(title, () => {
    before('MongoDB', async function () {
      this.timeout(BUILD_MS + READY_MS);
      if (reason !== undefined) throw new Error(reason);
      await prepare();
    });
    body();
  });
}

/** Builds what has to be built before a server can be started, where that is possible: tests that run side by side wait for it once. */
export async function prepareMongodb(): Promise<void> {
  if (!process.env.MONGODB_URL && missing() === undefined) await command();
}

/** A new, empty database with a name of its own, on the server that all tests share. */
export async function freshDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const url = withFreshName(await shared());
  return {
    url,
    drop: () =>
      withClient(url, async (client) => {
        await client.db().dropDatabase();
      }),
  };
}

/** Starts a server of the test's own: `mongod` or FerretDB, even where `MONGODB_URL` names a server. */
export async function startMongodb(): Promise<TestMongodb> {
  const commandLine = await command();
  const directory = temporaryDirectory();
  const data = join(directory.path, 'data');
  mkdirSync(data);
  const log = join(directory.path, 'log');
  const port = await lastingPort();
  let running: { readonly child: ChildProcess; readonly exit: Promise<unknown[]> } | undefined;

  async function end(signal: NodeJS.Signals): Promise<void> {
    running?.child.kill(signal);
    await running?.exit;
    running = undefined;
  }
  function abandon(): void {
    running?.child.kill('SIGKILL');
    directory.remove();
  }
  process.once('exit', abandon);

  const server: TestMongodb = {
    port,
    url: (database) => `mongodb://127.0.0.1:${port}/${database}`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async start() {
      const child = spawnTied(commandLine(port, data), log);
      const exit = once(child, 'exit');
      running = { child, exit };
      const failed = exit.then(() => {
        throw new Error(`the server ended: ${readFileSync(log, 'utf8')}`);
      });
      await withClient(server.url('admin'), async (client) => {
        const answer = client.db().command({ serverStatus: 1 });
        const { pid } = await Promise.race([answer, failed]);
        // Where another server has taken the port, it is that one which answers; ours ends and says so.
        if (Number(pid) !== child.pid) await failed;
      });
    },
    async remove() {
      await end('SIGKILL');
      process.off('exit', abandon);
      directory.remove();
    },
  };
  await server.start();
  return server;
}

let sharedUrl: Promise<string> | undefined;

/** The URL of the server that all tests share, which runs until the process ends. */
function shared(): Promise<string> {
  sharedUrl ??= (async () => {
    const url = process.env.MONGODB_URL;
    if (!url) return (await startMongodb()).url('test');
    await withClient(url, (client) => client.db().command({ ping: 1 }));
    return url;
  })();
  return sharedUrl;
}

/** The same server, credentials and options, and a new name that begins as the one in the URL does. */
export function withFreshName(url: string): string {
  const [, server, name, options] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?([^?]*)\??(.*)$/.exec(url) ?? [];
  const query = new URLSearchParams(options);
  // Where nothing else says so, it is the database of the URL that knows the user.
  const source = new MongoClient(url).options.credentials?.source;
  if (source && !url.startsWith('mongodb+srv:') && !/authSource=/i.test(url)) query.set('authSource', source);
  return `${server}/${name || 'test'}_${randomUUID().slice(0, 8)}${query.size > 0 ? `?${query}` : ''}`;
}

async function withClient(url: string, use: (client: MongoClient) => Promise<unknown>): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: READY_MS, minHeartbeatFrequencyMS: 20 });
  try {
    await use(client);
  } finally {
    await client.close();
  }
}

/** Why no server of the tests' own can be started. */
function missing(): string | undefined {
  return onPath('mongod') || onPath('go') ? undefined : 'needs MONGODB_URL, or mongod or Go on the PATH';
}

function onPath(program: string): boolean {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  return places.some((place) => existsSync(place) && statSync(place).isFile());
}

/** What starts a server: the program and its arguments. */
type CommandLine = (port: number, data: string) => [string, ...string[]];

let commandLine: Promise<CommandLine> | undefined;

function command(): Promise<CommandLine> {
  commandLine ??= (async () => {
    if (onPath('mongod')) {
      return (port, data) => [
        'mongod',
        '--bind_ip',
        '127.0.0.1',
        '--port',
        `${port}`,
        '--dbpath',
        data,
        '--nounixsocket',
      ];
    }
    const ferretdb = await build();
    return (port, data) => [ferretdb, `127.0.0.1:${port}`, data];
  })();
  return commandLine;
}

/** Builds FerretDB, once for each state of its module. */
async function build(): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const name of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(SOURCE, name)));
  const folder = join(CACHE, hash.digest('hex').slice(0, 16));
  const file = join(folder, 'ferretdb');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  // Built beside its place and then moved there, so that two runs at once do not start what is half written.
  const unfinished = `${file}.${process.pid}`;
  await promisify(execFile)('go', ['build', '-buildvcs=false', '-trimpath', '-o', unfinished, '.'], {
    cwd: SOURCE,
    env: { ...process.env, CGO_ENABLED: '0' },
  });
  renameSync(unfinished, file);
  return file;
}

/**
 * Starts a program that ends when this process does, however that ends, and that does not keep this process from ending.
 * @param log the file that gets what it writes
 */
function spawnTied([file, ...args]: [string, ...string[]], log: string): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn(file, args, { stdio: ['pipe', output, output] });
  closeSync(output);
  letGo(child);
  if (file === 'mongod') {
    // FerretDB ends when its standard input does (`ferretdb/main.go`); mongod does not look at its own.
    const watch = spawn('sh', ['-c', 'read _; kill -KILL "$0"', `${child.pid}`], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.once('exit', () => watch.kill('SIGKILL'));
    letGo(watch);
  }
  return child;
}

function letGo(child: ChildProcess): void {
  child.unref();
  (child.stdin as Socket).unref();
}
