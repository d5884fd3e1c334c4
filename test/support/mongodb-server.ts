import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { lastingPort } from './lasting-port.ts';
import { spawnTied } from './spawn-tied.ts';
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
      const command = commandLine(port, data);
      const child = spawnTied(command, log, command[0] !== 'mongod');
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
