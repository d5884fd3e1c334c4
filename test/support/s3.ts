import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
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
  /** Makes a bucket, which may keep versions; gives its name. */
  makeBucket(): string;
  /** The files of a bucket: their paths are the keys of its objects. */
  names(bucket: string): string[];
  /** Sets the time of an object. */
  age(bucket: string, key: string, at: Date): void;
  stop(): Promise<void>;
}

/** Describes tests that need `startS3`. */
export function describeWithS3(title: string, body: () => void): void {
  describeWithServer(missing(), title, body, program);
}

/** Builds the server, if that is possible, so that parallel tests wait for it only once. */
export async function prepareS3(): Promise<void> {
  if (missing() === undefined) await program();
}

export async function startS3(): Promise<TestS3> {
  const directory = temporaryDirectory();
  const [data, log] = [join(directory.path, 'data'), join(directory.path, 'log')];
  mkdirSync(data);
  const port = await lastingPort();
  const command = [await program(), '--quiet', '--keep-alive', '--port', `127.0.0.1:${port}`, 'posix', data] as const;
  const child = spawnTied(command, log, false, { env: { ...process.env, ROOT_ACCESS_KEY: KEY, ROOT_SECRET_KEY: KEY } });
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
    names(bucket) {
      const found = readdirSync(join(data, bucket), { recursive: true, withFileTypes: true });
      return found
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
        .toSorted();
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
