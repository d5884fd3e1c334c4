import { once } from 'node:events';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { postImport } from './document-request.ts';
import { drive } from './drive.ts';
import { fillLog } from './fill-log.ts';
import type { HttpRequest } from './http-request.ts';
import { median } from './median.ts';
import type { Options } from './options.ts';
import { sendPaced } from './paced.ts';
import { type Program, registerUser, spawnImports, startService } from './program.ts';
import { type StoreSettings, withLog } from './stores.ts';
import { figure, printTable } from './table.ts';
import { outputOf, type Workspace } from './workspace.ts';

/** On the embedded stores. */
export interface BackingUp {
  /** How long a backup takes beside POSTs, divided by how long it takes without. */
  readonly timeRatio: number;
  /** The p99 of these POSTs, divided by that without a backup. */
  readonly p99Ratio: number;
  /** POSTs a second while the log is backed up every second, divided by those without. */
  readonly shippingRatio: number;
}

const PER_SECOND = 1_000;
const CONNECTIONS = 64;

/** Measures and prints how long a backup takes, and what it costs callers. */
export async function measureBackup(workspace: Workspace, stores: StoreSettings, options: Options): Promise<BackingUp> {
  mkdirSync(stores.DATA_DIR, { recursive: true });
  await withLog(stores, (log) => fillLog(log, options.backedUp));
  const token = await registerUser(workspace, stores);
  const service = await startService(workspace, stores);
  await service.untilOk('/readyz');
  const rig: Rig = { workspace, stores, service, post: postImport(token), options };
  await drivePosts(rig, options.warmUpSeconds);
  const once = await measureOnce(rig);
  const shipping = await measureShipping(rig);
  await service.end('SIGTERM');
  return { ...once, shippingRatio: shipping };
}

interface Rig {
  readonly workspace: Workspace;
  readonly stores: StoreSettings;
  readonly service: Program;
  readonly post: HttpRequest;
  readonly options: Options;
}

interface Round {
  readonly idleSeconds: number;
  readonly loadedSeconds: number;
  readonly aloneMs: number;
  readonly besideMs: number;
}

async function measureOnce(rig: Rig): Promise<Pick<BackingUp, 'timeRatio' | 'p99Ratio'>> {
  const rounds: Round[] = [];
  for (let round = 0; round < rig.options.rounds; round += 1) {
    const idleSeconds = await backUp(rig);
    const alone = await posts(rig, sleep(rig.options.seconds * 1_000));
    const loaded = backUp(rig);
    const beside = await posts(rig, loaded);
    rounds.push({ idleSeconds, loadedSeconds: await loaded, aloneMs: p99Of(alone), besideMs: p99Of(beside) });
  }
  const row = (name: string, value: (round: Round) => number, decimals: number) => [
    name,
    figure(median(rounds.map(value)), decimals),
    rounds.map((round) => figure(value(round), decimals)).join(' '),
  ];
  console.log(`A whole backup of ${figure(rig.options.backedUp, 0)} events, and what POSTs have added:\n`);
  printTable(
    ['', 'median', 'in each round'],
    [
      row('without POSTs, s', ({ idleSeconds }) => idleSeconds, 2),
      row(`beside ${figure(PER_SECOND, 0)} POSTs a second, s`, ({ loadedSeconds }) => loadedSeconds, 2),
      row('p99 of POSTs alone, ms', ({ aloneMs }) => aloneMs, 2),
      row('p99 of POSTs beside it, ms', ({ besideMs }) => besideMs, 2),
    ],
  );
  console.log();
  return {
    timeRatio: median(rounds.map(({ idleSeconds, loadedSeconds }) => loadedSeconds / idleSeconds)),
    p99Ratio: median(rounds.map(({ aloneMs, besideMs }) => besideMs / aloneMs)),
  };
}

/** The same POSTs with and without a backup that goes on, in turn. */
async function measureShipping(rig: Rig): Promise<number> {
  const { workspace, stores, options } = rig;
  const folder = join(workspace.folder, 'shipped');
  await outputOf(spawnImports(workspace, stores, ['backup', folder]));
  const rounds: { readonly without: number; readonly during: number }[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const without = await drivePosts(rig, options.seconds);
    const shipping = spawnImports(workspace, stores, ['backup', folder, '--every', '1s']);
    const progress = join(folder, 'progress.json');
    const before = statSync(progress).mtimeMs;
    // What was posted meanwhile is taken first.
    while (statSync(progress).mtimeMs === before) await sleep(50);
    await sleep(2_000);
    const during = await drivePosts(rig, options.seconds);
    const ended = once(shipping, 'exit');
    shipping.kill('SIGTERM');
    await ended;
    rounds.push({ without, during });
  }
  const row = (name: string, each: readonly number[]) => [
    name,
    figure(median(each), 0),
    each.map((value) => figure(value, 0)).join(' '),
  ];
  console.log(`POSTs a second at ${CONNECTIONS} connections:\n`);
  printTable(
    ['', 'median', 'in each round'],
    [
      row(
        'without a backup',
        rounds.map(({ without }) => without),
      ),
      row(
        'with one every second',
        rounds.map(({ during }) => during),
      ),
    ],
  );
  console.log();
  return median(rounds.map(({ without, during }) => during / without));
}

/** Makes a new backup; gives the seconds that it took. */
async function backUp({ workspace, stores }: Rig): Promise<number> {
  const folder = join(workspace.folder, 'backed-up');
  rmSync(folder, { recursive: true, force: true });
  const began = performance.now();
  await outputOf(spawnImports(workspace, stores, ['backup', folder]));
  return (performance.now() - began) / 1_000;
}

/** How long each POST took, in milliseconds, at a pace until something has ended. */
async function posts({ service, post }: Rig, until: Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  until.then(over, over);
  while (!isOver) {
    const paced = { origin: service.origin, request: post, perSecond: PER_SECOND, seconds: 1, onAnswer: () => {} };
    took.push(...(await sendPaced(paced)));
  }
  return took;
}

async function drivePosts({ workspace, service, post, options }: Rig, seconds: number): Promise<number> {
  const load = { origin: service.origin, requests: [post], connections: CONNECTIONS, seconds };
  const result = await drive(options.load, workspace, load);
  return result.answers / result.seconds;
}

function p99Of(took: readonly number[]): number {
  const sorted = took.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.99)] as number;
}
