import { planRepair, type Repair, releaseOf, repair } from '../../operations/repair.ts';
import { examine, firstQuarantined } from '../../operations/verify/examine.ts';
import { isOfView } from '../../operations/verify/finding.ts';
import { viewsOfStream } from '../../projections/fold.ts';
import type { AtTerminal } from '../at-terminal.ts';
import { askBeforeChange } from '../confirm.ts';
import { counted } from '../counted.ts';
import { DifferencesFound } from '../outcomes.ts';
import type { Session } from '../session.ts';
import { repairJsonLine, repairLine } from './finding-text.ts';

/** So many views are put right and then put on record together. */
const TOGETHER = 200;

export interface RepairOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

/**
 * Puts the views of these streams right, and on record what it did; with `--dry-run` it tells what it would do.
 * @throws {DifferencesFound | Interrupted} the person at the terminal said no, or left; nothing was changed
 */
export async function repairViews(
  streams: readonly string[],
  options: RepairOptions,
  session: Session,
  { signal, write, say }: AtTerminal,
): Promise<void> {
  const isPlan = options.dryRun === true;
  const lineOf = options.json ? repairJsonLine : repairLine;
  if (!isPlan && !options.yes) await assertWanted(streams.length, signal);
  let count = 0;
  for (let start = 0; start < streams.length && !signal.aborted; start += TOGETHER) {
    const done: Repair[] = [];
    try {
      for (const view of streams.slice(start, start + TOGETHER).flatMap(viewsOfStream)) {
        if (signal.aborted) break;
        const one = await (isPlan ? planRepair : repair)(session, view);
        if (one === null) continue;
        done.push(one);
        await write(lineOf(one, isPlan));
      }
    } finally {
      // Whatever ended it: what was done goes on record.
      if (!isPlan) await putOnRecord(done, options.reason ?? null, session);
    }
    count += done.length;
  }
  say(`${isPlan ? 'Would put' : 'Put'} ${counted(count, 'view')} right.`);
}

async function assertWanted(count: number, signal: AbortSignal): Promise<void> {
  const isWanted = await askBeforeChange(`Write ${counted(count, 'view')} anew as the log has them?`, signal);
  if (!isWanted) throw new DifferencesFound('Nothing was changed.');
}

/** Records which views were repaired; what waits for them in the quarantine is tried once more. */
export async function putOnRecord(done: readonly Repair[], reason: string | null, session: Session): Promise<void> {
  const streams = [...new Set(done.map(({ view }) => view.stream))];
  if (streams.length === 0) return;
  await session.record({ type: 'RepairViews', reason, streams });
  await releaseOf(session, new Set(streams));
}

/** How many differences there still are in the views of these streams. */
export async function countLeft(streams: readonly string[], session: Session): Promise<number> {
  const findings = await examine(session, streams, await firstQuarantined(session, new Set(streams)));
  return findings.filter(isOfView).length;
}
