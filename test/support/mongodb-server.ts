import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { lastingPort } from './lasting-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const READY_MS = 30_000;

/** A server for one test. */
export interface TestMongodb {
  readonly port: number;
  url(database: string): string;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port, with the same data if it keeps them on disk. */
  start(): Promise<void>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

/** The program and the arguments to start a server. */
export type CommandLine = (port: number, data: string) => [string, ...string[]];

export async function startServer(commandLine: CommandLine): Promise<TestMongodb> {
  const directory = temporaryDirectory();
  const data = join(directory.path, 'data');
  mkdirSync(data);
  const log = join(directory.path, 'log');
  const port = await lastingPort();
  let running: { readonly child: ChildProcess; readonly exit: Promise<unknown[]> } | undefined;

  async function kill(): Promise<void> {
    running?.child.kill('SIGKILL');
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
    kill,
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
        // If another server has taken the port, that one answers. Ours then ends with an error.
        if (Number(pid) !== child.pid) await failed;
      });
    },
    async remove() {
      await kill();
      process.off('exit', abandon);
      directory.remove();
    },
  };
  await server.start();
  return server;
}

export async function withClient(url: string, use: (client: MongoClient) => Promise<unknown>): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: READY_MS, minHeartbeatFrequencyMS: 20 });
  try {
    await use(client);
  } finally {
    await client.close();
  }
}

/**
 * Starts a program that ends in any case when this process ends, and that does not keep this process alive.
 * @param log the file for its output
 */
function spawnTied([file, ...args]: [string, ...string[]], log: string): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn(file, args, { stdio: ['pipe', output, output] });
  closeSync(output);
  letGo(child);
  if (file === 'mongod') {
    // The others end when their standard input ends. mongod ignores its own.
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
