import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { builtOnce } from './build-once.ts';
import { describeWithServer } from './describe-with-server.ts';
import { lastingPort } from './lasting-port.ts';
import { onPath } from './on-path.ts';
import { spawnTied } from './spawn-tied.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

/** S3 for tests: versitygw, which Go builds from `versitygw/`. It keeps each object as a file. */

const SOURCE = fileURLToPath(new URL('versitygw/', import.meta.url));
const PROGRAM = 'github.com/versity/versitygw/cmd/versitygw';
const KEY = 'a-key-of-the-tests';

/** One server. */
export interface TestS3 {
  /** The variables by which the SDK finds it. */
  readonly env: { readonly [name: string]: string };
  /** Makes a bucket; gives its name. */
  makeBucket(): string;
  /** From now on the bucket keeps versions. */
  keepVersions(bucket: string): Promise<void>;
  /** The files of a bucket: their paths are the keys of its objects. */
  names(bucket: string): string[];
  /** Copies an object, quickly. */
  copy(bucket: string, key: string, to: readonly string[]): void;
  /** Sets the time of an object. */
  age(bucket: string, key: string, at: Date): void;
  stop(): Promise<void>;
}

/** Describes tests that need `testS3`. */
export function describeWithS3(title: string, body: () => void): void {
  describeWithServer(missing(), title, body, program);
}

/** Builds the server, if that is possible, so that parallel tests wait for it only once. */
export async function prepareS3(): Promise<void> {
  if (missing() === undefined) await program();
}

/** A server for all tests of a `describe`, which the SDK finds. */
export function testS3(): TestS3 {
  let running: TestS3 | undefined;

  before(async () => {
    running = await startS3();
    Object.assign(process.env, running.env);
  });

  after(async () => {
    for (const name of Object.keys(running?.env ?? {})) delete process.env[name];
    await running?.stop();
  });

  return new Proxy({} as TestS3, { get: (_none, name) => running?.[name as keyof TestS3] });
}

async function startS3(): Promise<TestS3> {
  const directory = temporaryDirectory();
  const [data, versions, log] = ['data', 'versions', 'log'].map((name) => join(directory.path, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [data, versions]) mkdirSync(folder);
  const port = await lastingPort();
  const options = [
    '--quiet',
    '--keep-alive',
    '--port',
    `127.0.0.1:${port}`,
    'posix',
    '--versioning-dir',
    versions,
    data,
  ];
  const child = spawnTied([await program(), ...options], log, false, {
    env: { ...process.env, ROOT_ACCESS_KEY: KEY, ROOT_SECRET_KEY: KEY },
  });
  const exit = once(child, 'exit');
  await until('S3 listens', async () => {
    if (child.exitCode !== null) throw new Error(`the server ended: ${readFileSync(log, 'utf8')}`);
    return isListening(port);
  });
  return {
    env: {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: KEY,
    },
    makeBucket() {
      const name = `images-${randomUUID()}`;
      mkdirSync(join(data, name));
      return name;
    },
    async keepVersions(bucket) {
      const client = new S3Client({ forcePathStyle: true });
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
      client.destroy();
    },
    names(bucket) {
      const found = readdirSync(join(data, bucket), { recursive: true, withFileTypes: true });
      return found
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .toSorted();
    },
    copy(bucket, key, to) {
      for (const copy of to) {
        mkdirSync(join(data, bucket, dirname(copy)), { recursive: true });
        copyFileSync(join(data, bucket, key), join(data, bucket, copy));
      }
    },
    age: (bucket, key, at) => utimesSync(join(data, bucket, key), at, at),
    async stop() {
      child.kill('SIGKILL');
      await exit;
      directory.remove();
    },
  };
}

let built: Promise<string> | undefined;

/** The path of the program. */
function program(): Promise<string> {
  built ??= builtOnce('versitygw', { folder: SOURCE, files: ['go.mod', 'go.sum', 'tools.go'] }, (into) =>
    promisify(execFile)('go', ['build', '-buildvcs=false', '-trimpath', '-o', join(into, 'versitygw'), PROGRAM], {
      cwd: SOURCE,
      env: { ...process.env, CGO_ENABLED: '0' },
    }),
  ).then((folder) => join(folder, 'versitygw'));
  return built;
}

/** Why the tests cannot start a server. */
function missing(): string | undefined {
  return onPath('go') ? undefined : 'needs Go on the PATH';
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
