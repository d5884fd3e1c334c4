import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillLog } from './fill-log.ts';
import type { Options } from './options.ts';
import { cpuSeconds } from './process-stats.ts';
import { registerUser, startService } from './program.ts';
import { type StoreSettings, withLog } from './stores.ts';
import { figure, printTable } from './table.ts';
import type { Workspace } from './workspace.ts';

const LONGEST_MS = 120_000;

export interface Sending {
  /** Webhooks a second to one quick endpoint with `ordered: false`. */
  readonly perSecond: number;
}

/** Measures and prints how fast the events of a log are sent to a receiver in this process, which answers at once. */
export async function measureWebhooks(
  workspace: Workspace,
  stores: StoreSettings,
  { events }: Options,
): Promise<Sending> {
  const count = Math.min(events, 20_000);
  const token = await registerUser(workspace, stores);
  // And the user.
  await withLog(stores, (log) => fillLog(log, count + 1));
  // Only development sends to this machine without TLS.
  const service = await startService(workspace, stores, { NODE_ENV: 'development' });
  await service.untilOk('/readyz');
  const rows: string[][] = [];
  let perSecond = Number.NaN;
  for (const ordered of [false, true]) {
    const { seconds, cpu } = await sendAll(service, token, ordered, ordered ? count / 10 : count);
    const sent = ordered ? count / 10 : count;
    if (!ordered) perSecond = sent / seconds;
    rows.push([
      ordered ? 'ordered: true' : 'ordered: false',
      figure(sent, 0),
      figure(sent / seconds, 0),
      figure((cpu * 1e6) / sent, 0),
    ]);
  }
  await service.end('SIGTERM');
  console.log('Webhooks to one endpoint that answers at once:\n');
  printTable(['', 'sent', 'webhooks/s', 'CPU µs each'], rows);
  console.log();
  return { perSecond };
}

/** Registers an endpoint, has everything sent to it from the beginning, and deletes it after so many deliveries. */
async function sendAll(
  { origin, pid }: { readonly origin: string; readonly pid: number },
  token: string,
  ordered: boolean,
  count: number,
): Promise<{ seconds: number; cpu: number }> {
  const seen = new Set<string>();
  let [firstAt, lastAt] = [0, 0];
  const receiver = await listen((request, response) => {
    request.resume().on('end', () => {
      if (seen.size === 0) firstAt = performance.now();
      seen.add(String(request.headers['webhook-id']));
      if (seen.size === count) lastAt = performance.now();
      response.writeHead(204).end();
    });
  });
  const { port } = receiver.address() as AddressInfo;
  const call = async (method: string, path: string, body?: object) => {
    const headers = { Authorization: `Token ${token}`, ...(body && { 'Content-Type': 'application/json' }) };
    const response = await fetch(origin + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${await response.text()}`);
    return response.text();
  };
  const endpoint = { url: `http://127.0.0.1:${port}/`, types: ['*'], ordered };
  const { id } = JSON.parse(await call('POST', '/api/v1/webhooks', endpoint));
  const cpuBefore = cpuSeconds(pid);
  await call('POST', `/api/v1/webhooks/${id}/recover`, { since: '2000-01-01T00:00:00Z' });
  const deadline = performance.now() + LONGEST_MS;
  while (seen.size < count && performance.now() < deadline) await sleep(20);
  const cpu = cpuSeconds(pid) - cpuBefore;
  await call('DELETE', `/api/v1/webhooks/${id}`);
  receiver.closeAllConnections();
  receiver.close();
  if (seen.size < count) throw new Error(`Only ${seen.size} of ${count} webhooks came within ${LONGEST_MS / 1000} s.`);
  return { seconds: (lastAt - firstAt) / 1000, cpu };
}

async function listen(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}
