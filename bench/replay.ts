import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { VIEWS_VERSION } from '../src/projections/views.ts';
import { postImport } from './document-request.ts';
import { drive } from './drive.ts';
import { fillLog } from './fill-log.ts';
import { median } from './median.ts';
import type { Options } from './options.ts';
import { outputOfScript, registerUser, spawnImports, spawnScript, startService } from './program.ts';
import type { Filled } from './replay-once.ts';
import { type StoreSettings, withLog } from './stores.ts';
import { figure, printTable } from './table.ts';
import { outputOf, type Workspace } from './workspace.ts';

/** A moderate load. */
const CONNECTIONS = 16;

/** On the embedded stores. */
export interface Replaying {
  /** One for each size of the log, in ascending order. */
  readonly sizes: readonly { readonly events: number; readonly perSecond: number; readonly highestMb: number }[];
  /** The 99th percentile of POSTs during a replay, divided by that without one. */
  readonly p99Ratio: number;
}

/** Measures and prints how fast a replay fills a version of the views while nothing else runs, and how it slows down callers. */
export async function measureReplaying(
  workspace: Workspace,
  storesOf: (folder: string) => StoreSettings,
  options: Options,
): Promise<Replaying> {
  const sizes: Replaying['sizes'][number][] = [];
  const rows: string[][] = [];
  const ascending = options.replayed.toSorted((a, b) => a - b);
  for (const size of ascending) {
    const each = await fillAlone(workspace, storesOf(`replay-${size}`), size, options.rounds);
    const middle = (value: (filled: Filled) => number) => median(each.map(value));
    const perSecond = middle(speed);
    const highestMb = middle((filled) => filled.highestMb);
    sizes.push({ events: size, perSecond, highestMb });
    rows.push([
      figure(size, 0),
      figure(perSecond, 0),
      each.map((filled) => figure(speed(filled), 0)).join(' '),
      figure(highestMb, 0),
    ]);
  }
  console.log('A replay into a second version, in a separate process while nothing else runs:\n');
  printTable(['events', 'events/s', 'in each round', 'highest MB'], rows);
  const largest = ascending.at(-1) as number;
  return { sizes, p99Ratio: await measureCallers(workspace, storesOf(`replay-${largest}`), options) };
}

function speed({ events, seconds }: Filled): number {
  return events / seconds;
}

async function fillAlone(workspace: Workspace, stores: StoreSettings, size: number, rounds: number): Promise<Filled[]> {
  mkdirSync(stores.DATA_DIR, { recursive: true });
  await withLog(stores, (log) => fillLog(log, size));
  // The service's own version must exist, too.
  const service = await startService(workspace, stores);
  await service.untilOk('/readyz');
  await service.end('SIGTERM');
  const each: Filled[] = [];
  for (let round = 0; round < rounds; round += 1) {
    each.push(JSON.parse(await outputOfScript(workspace, 'bench/replay-once.ts', stores)));
  }
  return each;
}

/** Measures the 99th percentile of POSTs without a replay and during one, in turn; gives the ratio. */
async function measureCallers(workspace: Workspace, stores: StoreSettings, options: Options): Promise<number> {
  const token = await registerUser(workspace, stores);
  const service = await startService(workspace, stores);
  await service.untilOk('/readyz');
  const p99 = async (seconds: number) => {
    const load = { origin: service.origin, requests: [postImport(token)], connections: CONNECTIONS, seconds };
    return (await drive(options.load, workspace, load)).p99Ms;
  };
  await p99(options.warmUpSeconds);
  const rounds: { readonly alone: number; readonly during: number }[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    const alone = await p99(options.seconds);
    const replay = spawnScript(workspace, 'bench/replay-once.ts', stores);
    const ended = once(replay, 'exit');
    while (!existsSync(join(stores.DATA_DIR, `views-${VIEWS_VERSION + 1}.db`))) await sleep(10);
    const during = await p99(options.seconds);
    if (replay.exitCode !== null) {
      console.log('A replay ended before its measurement did. Use more events, or fewer seconds.');
    }
    replay.kill('SIGKILL');
    await ended;
    await outputOf(spawnImports(workspace, stores, ['versions', 'remove', String(VIEWS_VERSION + 1), '--yes']));
    rounds.push({ alone, during });
  }
  await service.end('SIGTERM');
  const ratio = median(rounds.map(({ alone, during }) => during / alone));
  const row = (name: string, each: readonly number[], decimals: number) => [
    name,
    figure(median(each), decimals),
    each.map((value) => figure(value, decimals)).join(' '),
  ];
  console.log(`\nPOSTs at ${CONNECTIONS} connections, p99 in ms:\n`);
  printTable(
    ['', 'median', 'in each round'],
    [
      row(
        'without a replay',
        rounds.map(({ alone }) => alone),
        2,
      ),
      row(
        'during a replay',
        rounds.map(({ during }) => during),
        2,
      ),
    ],
  );
  console.log();
  return ratio;
}
