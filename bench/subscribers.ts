import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { clockMs } from './clock-ms.ts';
import { postImport } from './document-request.ts';
import type { Options } from './options.ts';
import { sendPaced } from './paced.ts';
import { residentMb } from './process-stats.ts';
import { type Program, registerUser, startService } from './program.ts';
import { Readers } from './readers.ts';
import type { StoreSettings } from './stores.ts';
import { figure, printTable } from './table.ts';
import type { Workspace } from './workspace.ts';

/** A caller may have 20 streams. */
const STREAMS_OF_ONE = 20;

/** How long the last deliveries may take. */
const SETTLE_MS = 5_000;

const CLOSE_MS = 500;

/** What is measured with each number of readers: imports a second are fewer where more readers get each of them. */
const SETTINGS = [
  { readers: 0, perSecond: 500 },
  { readers: 1, perSecond: 500 },
  { readers: 100, perSecond: 500 },
  { readers: 1_000, perSecond: 50 },
] as const;

export interface Subscribing {
  /** From the answer of a POST to its delivery, with 100 readers at 500 imports a second, in milliseconds. */
  readonly deliveryP99Ms: number;
  /** The p99 of POSTs with 100 readers, compared with none, in the same run. */
  readonly postP99Ratio: number;
  /** Memory of the service for each idle reader of 1,000. */
  readonly readerKb: number;
}

/** Measures and prints how soon live streams deliver, and what they cost the POSTs and the memory. */
export async function measureSubscribers(
  workspace: Workspace,
  stores: StoreSettings,
  { seconds }: Options,
): Promise<Subscribing> {
  const tokens: string[] = [];
  for (let streams = 0; streams < 1_000; streams += STREAMS_OF_ONE) {
    tokens.push(await registerUser(workspace, stores, randomUUID()));
  }
  const service = await startService(workspace, stores);
  await service.untilOk('/readyz');
  const rows: string[][] = [];
  const measured = new Map<number, { deliveryP99Ms: number; postP99Ms: number; readerKb: number }>();
  await measureOne(service, tokens, { readers: 0, perSecond: 500, seconds });
  for (const { readers, perSecond } of SETTINGS) {
    const { delivered, took, readerKb, missed } = await measureOne(service, tokens, { readers, perSecond, seconds });
    measured.set(readers, { deliveryP99Ms: at(delivered, 0.99), postP99Ms: at(took, 0.99), readerKb });
    if (missed > 0) throw new Error(`${missed} deliveries to ${readers} readers did not come within ${SETTLE_MS} ms.`);
    rows.push([
      String(readers),
      String(perSecond),
      figure(at(took, 0.5), 2),
      figure(at(took, 0.99), 2),
      figure(at(delivered, 0.5), 2),
      figure(at(delivered, 0.99), 2),
      figure(readerKb, 1),
    ]);
  }
  await service.end('SIGTERM');
  console.log('Live streams, each of which gets every import:\n');
  const head = ['readers', 'POSTs/s', 'POST p50 ms', 'p99', 'answer to delivery p50 ms', 'p99', 'kB a reader'];
  printTable(head, rows);
  console.log();
  const [none, hundred, thousand] = [measured.get(0), measured.get(100), measured.get(1_000)];
  return {
    deliveryP99Ms: hundred?.deliveryP99Ms ?? Number.NaN,
    postP99Ratio: (hundred?.postP99Ms ?? Number.NaN) / (none?.postP99Ms ?? Number.NaN),
    readerKb: thousand?.readerKb ?? Number.NaN,
  };
}

interface Setting {
  readonly readers: number;
  readonly perSecond: number;
  readonly seconds: number;
}

async function measureOne(service: Program, tokens: readonly string[], { readers, perSecond, seconds }: Setting) {
  const answeredAt = new Map<string, number>();
  /** Deliveries that came before the answer to their POST. */
  const early = new Map<string, number>();
  const delivered: number[] = [];
  const before = residentMb(service.pid).now;
  const authorizations = Array.from(
    { length: readers },
    (_, index) => `Token ${tokens[Math.floor(index / STREAMS_OF_ONE)]}`,
  );
  const streams = await Readers.open({ origin: service.origin, authorizations }, ({ ids, atMs }) => {
    for (const [index, id] of ids.entries()) {
      const at = answeredAt.get(id);
      if (at === undefined) early.set(id, (early.get(id) ?? 0) + 1);
      else delivered.push(Math.max(0, (atMs[index] as number) - at));
    }
  });
  const readerKb = ((residentMb(service.pid).now - before) * 1_000) / readers;
  const took = await sendPaced({
    origin: service.origin,
    request: postImport(tokens[0] as string),
    perSecond,
    seconds,
    onAnswer: (body) => {
      const { id } = JSON.parse(body);
      answeredAt.set(id, clockMs());
      for (let count = early.get(id) ?? 0; count > 0; count -= 1) delivered.push(0);
    },
  });
  const wanted = readers * took.length;
  const deadline = performance.now() + SETTLE_MS;
  while (delivered.length < wanted && performance.now() < deadline) await sleep(20);
  await streams.close();
  // The service notices it, and gives the places back.
  await sleep(CLOSE_MS);
  return { delivered, took, readerKb, missed: wanted - delivered.length };
}

/** The value that this share of the values does not exceed. */
function at(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}
