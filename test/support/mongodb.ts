import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { describeWithServer } from './describe-with-server.ts';
import { buildFerretdb } from './ferretdb.ts';
import { type CommandLine, startServer, type TestMongodb, withClient } from './mongodb-server.ts';
import { onPath } from './on-path.ts';

export type { TestMongodb } from './mongodb-server.ts';

/**
 * MongoDB to test with: the server that `MONGODB_URL` names, else a `mongod` of the tests' own, else FerretDB, which
 * speaks MongoDB's protocol and is built from `ferretdb/` by Go. Where there is none of them, the tests that need one
 * are pending and say why; where `CI` is set, they fail.
 */

/** Describes what needs `freshDatabase`. */
export function describeWithMongodb(title: string, body: () => void): void {
  describeWithServer(process.env.MONGODB_URL ? undefined : missing(), title, body, shared);
}

/** Describes what needs `startMongodb`. */
export function describeWithOwnMongodb(title: string, body: () => void): void {
  describeWithServer(missing(), title, body, command);
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
  return startServer(await command());
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

/** Why no server of the tests' own can be started. */
function missing(): string | undefined {
  return onPath('mongod') || onPath('go') ? undefined : 'needs MONGODB_URL, or mongod or Go on the PATH';
}

let commandLine: Promise<CommandLine> | undefined;

function command(): Promise<CommandLine> {
  commandLine ??= onPath('mongod') ? Promise.resolve(mongod) : buildFerretdb();
  return commandLine;
}

const mongod: CommandLine = (port, data) => [
  'mongod',
  '--bind_ip',
  '127.0.0.1',
  '--port',
  `${port}`,
  '--dbpath',
  data,
  '--nounixsocket',
];
