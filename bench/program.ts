import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ORGANIZATION_ID, USER_ID } from './document-request.ts';
import { inShell } from './in-shell.ts';
import type { Engines, StoreSettings } from './stores.ts';
import { outputOf, type Workspace } from './workspace.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { scripts, bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const JWT_SECRET = randomBytes(48).toString('base64');
/** Long, since a log that existed before the run is followed from its beginning. */
const LONGEST_START_MS = 300_000;
const POLL_MS = 2;
const PLAIN = 'node --disable-warning=ExperimentalWarning bench/plain-koa.ts';

/** One of the two programs, as a separate process. */
export interface Program {
  readonly pid: number;
  readonly origin: string;
  /** The origin of the service's listener for operators; the plain program has none. */
  readonly operationsOrigin: string;
  /** In milliseconds, by the clock of `performance.now`. */
  readonly spawnedAtMs: number;
  /** Waits for a path's first 200; gives the milliseconds since the process was spawned. */
  untilOk(path: string): Promise<number>;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts the service as `npm start` does, in production mode. Its log lines (`LOG_LEVEL=info`) go to /dev/null. */
export async function startService(
  workspace: Workspace,
  stores: StoreSettings,
  further: NodeJS.ProcessEnv = {},
): Promise<Program> {
  return start(workspace, scripts.start, { ...serviceSettings(stores), ...further });
}

export async function startPlain(workspace: Workspace): Promise<Program> {
  return start(workspace, PLAIN, { JWT_SECRET, ORGANIZATION_ID });
}

/** Starts the plain program with an INSERT and fsync for each request; on EventStoreDB, with an append by its client. */
export async function startStoring(workspace: Workspace, { EVENTSTORE_URL: APPEND_TO }: Engines): Promise<Program> {
  const stored = APPEND_TO === undefined ? { INSERT_INTO: join(workspace.folder, 'inserted.db') } : { APPEND_TO };
  return start(workspace, PLAIN, { JWT_SECRET, ORGANIZATION_ID, ...stored });
}

/** Registers the document's user, or a new one, and mints a token, by the command line. */
export async function registerUser(workspace: Workspace, stores: StoreSettings, user = USER_ID): Promise<string> {
  const imports = (args: readonly string[]) => outputOf(spawnImports(workspace, stores, args));
  await imports(['users', 'add', '--user', user, '--organization', ORGANIZATION_ID]);
  return (await imports(['token', '--user', user])).trim();
}

/** Starts the command line. */
export function spawnImports(workspace: Workspace, stores: StoreSettings, args: readonly string[]): ChildProcess {
  return workspace.spawn(process.execPath, [bin.imports, ...args], {
    cwd: ROOT,
    env: environment(serviceSettings(stores)),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a script with the stores, by the service's Node and Node options; gives its output. */
export function outputOfScript(workspace: Workspace, script: string, stores: StoreSettings): Promise<string> {
  return outputOf(spawnScript(workspace, script, stores));
}

export function spawnScript(workspace: Workspace, script: string, stores: StoreSettings): ChildProcess {
  const [file, args] = inShell(scripts.start.replace('src/start.js', script));
  const env = environment(serviceSettings(stores));
  return workspace.spawn(file, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

function serviceSettings(stores: StoreSettings): NodeJS.ProcessEnv {
  return { JWT_SECRET, LOG_LEVEL: 'info', IMPORTER: 'off', ...stores };
}

/** The environment without the caller's other settings. */
function environment(settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...settings };
}

/** @param command `node`, its options and a script, as in an npm script */
async function start(workspace: Workspace, command: string, settings: NodeJS.ProcessEnv): Promise<Program> {
  const [port, operationsPort] = await freePorts();
  const origin = `http://127.0.0.1:${port}`;
  const errors = join(workspace.folder, `errors-${port}`);
  const stderr = openSync(errors, 'w');
  const env = environment({
    ...settings,
    HOST: '127.0.0.1',
    PORT: String(port),
    OPERATIONS_PORT: String(operationsPort),
  });
  const spawnedAtMs = performance.now();
  const [file, args] = inShell(command);
  const child = workspace.spawn(file, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', stderr] });
  closeSync(stderr);
  const exited = once(child, 'exit');
  return {
    pid: child.pid as number,
    origin,
    operationsOrigin: `http://127.0.0.1:${operationsPort}`,
    spawnedAtMs,
    untilOk: async (path) => {
      while (!(await isOk(origin + path))) {
        if (hasEnded(child)) throw new Error(`${command} ended: ${readFileSync(errors, 'utf8')}`);
        if (performance.now() - spawnedAtMs > LONGEST_START_MS) throw new Error(`${command}: no 200 on ${path}`);
        await sleep(POLL_MS);
      }
      return performance.now() - spawnedAtMs;
    },
    end: async (signal) => {
      if (hasEnded(child)) throw new Error(`${command} had ended: ${readFileSync(errors, 'utf8')}`);
      child.kill(signal);
      await exited;
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function isOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { headers: { connection: 'close' } });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Two different free ports. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()] as const;
  const ports = servers.map(async (server) => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  });
  const found = (await Promise.all(ports)) as [number, number];
  for (const server of servers) await once(server.close(), 'close');
  return found;
}
