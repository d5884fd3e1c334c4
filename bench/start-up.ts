import { median } from './median.ts';
import type { Options } from './options.ts';
import { startService } from './program.ts';
import type { StoreSettings } from './stores.ts';
import { figure, printTable } from './table.ts';
import type { Workspace } from './workspace.ts';

interface Start {
  readonly livezMs: number;
  readonly readyzMs: number;
}

/** Measures and prints start-up times with an empty log and a full one, in turn, from the spawn. Gives full / empty. */
export async function measureStartUp(
  workspace: Workspace,
  { empty, full }: { readonly empty: StoreSettings; readonly full: StoreSettings },
  options: Options,
): Promise<number> {
  // Once, to make the empty log.
  await start(workspace, empty);
  const starts = { empty: [] as Start[], full: [] as Start[] };
  for (let number = 0; number < options.starts; number += 1) {
    starts.empty.push(await start(workspace, empty));
    starts.full.push(await start(workspace, full));
  }
  const middle = (of: readonly Start[], member: keyof Start) => median(of.map((each) => each[member]));
  const ratio = (member: keyof Start) => middle(starts.full, member) / middle(starts.empty, member);
  console.log('Start-up, from the spawn to the first 200, medians in ms:\n');
  printTable(
    ['log', '/livez', '/readyz'],
    [
      ['empty', figure(middle(starts.empty, 'livezMs'), 0), figure(middle(starts.empty, 'readyzMs'), 0)],
      ['full', figure(middle(starts.full, 'livezMs'), 0), figure(middle(starts.full, 'readyzMs'), 0)],
      ['ratio', figure(ratio('livezMs'), 2), figure(ratio('readyzMs'), 2)],
    ],
  );
  console.log();
  return ratio('readyzMs');
}

async function start(workspace: Workspace, stores: StoreSettings): Promise<Start> {
  const service = await startService(workspace, stores);
  const livezMs = await service.untilOk('/livez');
  const readyzMs = await service.untilOk('/readyz');
  await service.end('SIGTERM');
  return { livezMs, readyzMs };
}
