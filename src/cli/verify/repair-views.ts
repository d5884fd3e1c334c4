import { planRepair, type Repair, releaseOf, repair } from '../../operations/repair.ts';
import { examine, firstQuarantined } from '../../operations/verify/examine.ts';
import { isOfView } from '../../operations/verify/finding.ts';
import { viewsOfStream } from '../../projections/fold.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { askBeforeChange } from '../confirm.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import type { OperatorsStores } from '../operators-stores.ts';
import { DifferencesFound } from '../outcomes.ts';
import { Table } from '../table.ts';
import { REPAIR_COLUMNS, repairJsonLine, repairTexts } from './finding-text.ts';

/** How many views are repaired before their repair is recorded. */
const TOGETHER = 200;

export interface RepairOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

/**
 * Repairs the views of these streams and records that. With `--dry-run` it prints what it would do.
 * @param writing the same stores; null with `--dry-run`
 * @throws {DifferencesFound | Interrupted} the person at the terminal said no, or pressed Ctrl-C; nothing was changed
 */
export async function repairViews(
  streams: readonly string[],
  options: RepairOptions,
  stores: StoresForReading,
  writing: OperatorsStores | null,
  context: Context,
): Promise<void> {
  const { signal } = context;
  const isPlan = writing === null;
  const table = new Table(context, REPAIR_COLUMNS);
  const print = (one: Repair) =>
    options.json ? context.write(repairJsonLine(one, isPlan)) : table.print([repairTexts(one, isPlan)]);
  if (!isPlan && !options.yes) await assertWanted(streams.length, context);
  let count = 0;
  for (let start = 0; start < streams.length && !signal.aborted; start += TOGETHER) {
    const done: Repair[] = [];
    try {
      for (const view of streams.slice(start, start + TOGETHER).flatMap(viewsOfStream)) {
        if (signal.aborted) break;
        const one = await (writing === null ? planRepair(stores, view) : repair(writing, view));
        if (one === null) continue;
        done.push(one);
        await print(one);
      }
    } finally {
      // What was done is recorded, even if the rest failed.
      if (writing !== null) await recordRepairs(done, options.reason ?? null, writing);
    }
    count += done.length;
  }
  context.say(`${isPlan ? 'Would repair' : 'Repaired'} ${counted(count, 'view')}.`);
}

async function assertWanted(count: number, context: Context): Promise<void> {
  const isWanted = await askBeforeChange(context, `Write ${counted(count, 'view')} again from the log?`);
  if (!isWanted) throw new DifferencesFound('Nothing was changed.');
}

/** Records which views were repaired, and tries the events of their streams in the quarantine again. */
export async function recordRepairs(
  done: readonly Repair[],
  reason: string | null,
  stores: OperatorsStores,
): Promise<void> {
  const streams = [...new Set(done.map(({ view }) => view.stream))];
  if (streams.length === 0) return;
  await stores.record({ type: 'RepairViews', reason, streams });
  await releaseOf(stores, new Set(streams));
}

/** How many differences are left in the views of these streams. */
export async function countLeft(streams: readonly string[], stores: StoresForReading): Promise<number> {
  const findings = await examine(stores, streams, await firstQuarantined(stores, new Set(streams)));
  return findings.filter(isOfView).length;
}
