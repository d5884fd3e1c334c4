import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { describeWithServer } from './describe-with-server.ts';
import { buildFerretdb } from './ferretdb.ts';
import { type CommandLine, startServer, type TestMongodb, withClient } from './mongodb-server.ts';
import { onPath } from './on-path.ts';

export type { TestMongodb } from './mongodb-server.ts';

/**
 * MongoDB for tests: the server that `MONGODB_URL` names; else a `mongod` that the tests start; else FerretDB, which speaks MongoDB's
 * protocol and is built from `ferretdb/` by Go. If there is none of them, the tests that need one are pending and say why; if `CI` is
 * set, they fail.
 */

/** Describes tests that need `freshDatabase`. */
export function describeWithMongodb(title: string, body: () => void): void {
  describeWithServer(process.env.MONGODB_URL ? undefined : missing(), title, body, shared);
}

/** Describes tests that need `startMongodb`. */
export function describeWithOwnMongodb(title: string, body: () => void): void {
  describeWithServer(missing(), title, body, command);
}

/** Builds the server, if that is possible, so that parallel tests wait for it only once. */
export async function prepareMongodb(): Promise<void> {
  if (!process.env.MONGODB_URL && missing() === undefined) await command();
}

/** A new, empty database with a unique name, on the server that all tests share. */
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

/** Starts a server for one test: `mongod` or FerretDB, even if `MONGODB_URL` names a server. */
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

/** The URL with a new name of the database, which begins with the old one. */
export function withFreshName(url: string): string {
  const [, server, name, options] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?([^?]*)\??(.*)$/.exec(url) ?? [];
  const query = new URLSearchParams(options);
  // By default, the database in the URL is the one that knows the user.
  const source = new MongoClient(url).options.credentials?.source;
  if (source && !url.startsWith('mongodb+srv:') && !/authSource=/i.test(url)) query.set('authSource', source);
  return `${server}/${name || 'test'}_${randomUUID().slice(0, 8)}${query.size > 0 ? `?${query}` : ''}`;
}

/** Why the tests cannot start a server. */
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
