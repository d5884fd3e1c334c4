import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HttpRequest } from './http-request.ts';
import type { Load, LoadResult } from './load.ts';
import { outputOf, type Workspace } from './workspace.ts';

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));

export function isWrkInstalled(): boolean {
  return spawnSync('wrk', ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Makes the load by wrk, from one thread. wrk counts statuses from 400 as failures. */
export async function driveWithWrk(workspace: Workspace, load: Load): Promise<LoadResult> {
  const file = join(workspace.folder, 'requests');
  writeFileSync(file, load.requests.map((request) => rawRequest(request, new URL(load.origin).host)).join('\0'));
  const args = ['-t', '1', '-c', String(load.connections), '-d', `${load.seconds}s`, '-s', SCRIPT, load.origin];
  const wrk = workspace.spawn('wrk', [...args, '--', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = await outputOf(wrk);
  const { answers, microseconds, p50, p99, failures } = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  return { answers, seconds: microseconds / 1e6, p50Ms: p50 / 1000, p99Ms: p99 / 1000, failures };
}

function rawRequest({ method, path, headers, body }: HttpRequest, host: string): string {
  const all = { Host: host, ...headers, ...(method === 'POST' && { 'Content-Length': Buffer.byteLength(body) }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${path} HTTP/1.1`, ...lines, '', body].join('\r\n');
}
