import { mkdirSync } from 'node:fs';
import { EmbeddedVersions } from '../src/projections/embedded/versions.ts';
import { VIEWS_VERSION } from '../src/projections/views.ts';
import { fillLog } from './fill-log.ts';
import type { Pass, Passes } from './follow-once.ts';
import { median } from './median.ts';
import type { Options } from './options.ts';
import { outputOfScript } from './program.ts';
import { type StoreSettings, withLog } from './stores.ts';
import { figure, printTable } from './table.ts';
import type { Workspace } from './workspace.ts';

/** Events a second into the embedded read model. */
export interface Following {
  readonly followedPerSecond: number;
  readonly rebuiltPerSecond: number;
  /** Events a second that EventStoreDB's client alone follows, in the same run; null on the embedded log. */
  readonly barePerSecond: number | null;
}

/**
 * Measures and prints how fast a follower brings an empty read model level with the log, and how fast it does so again after a clear.
 * The read model is always the embedded one, so the views in a MongoDB that is set are kept.
 */
export async function measureFollowing(
  workspace: Workspace,
  { MONGODB_URL: _, ...stores }: StoreSettings,
  options: Options,
): Promise<Following> {
  mkdirSync(stores.DATA_DIR, { recursive: true });
  await withLog(stores, (log) => fillLog(log, options.events));
  const passes: Passes[] = [];
  const bare: Pass[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    await new EmbeddedVersions(stores.DATA_DIR).remove(String(VIEWS_VERSION));
    passes.push(JSON.parse(await outputOfScript(workspace, 'bench/follow-once.ts', stores)));
    if (stores.EVENTSTORE_URL === undefined) continue;
    bare.push(JSON.parse(await outputOfScript(workspace, 'bench/follow-bare.ts', stores)));
  }
  const row = (name: string, each: readonly Pass[]) => [
    name,
    figure(each[0]?.events ?? Number.NaN, 0),
    figure(median(each.map(perSecond)), 0),
    each.map((pass) => figure(perSecond(pass), 0)).join(' '),
  ];
  const followed = passes.map((pass) => pass.followed);
  const rebuilt = passes.map((pass) => pass.rebuilt);
  console.log('A follower from the beginning of the log into the embedded read model, in a separate process:\n');
  const rows = [row('following', followed), row('rebuilding', rebuilt)];
  if (bare.length > 0) rows.push(row("EventStoreDB's client alone", bare));
  printTable(['', 'events', 'events/s', 'in each round'], rows);
  console.log();
  return {
    followedPerSecond: median(followed.map(perSecond)),
    rebuiltPerSecond: median(rebuilt.map(perSecond)),
    barePerSecond: bare.length > 0 ? median(bare.map(perSecond)) : null,
  };
}

function perSecond({ events, seconds }: Pass): number {
  return events / seconds;
}
