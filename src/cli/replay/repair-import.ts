import { differenceIn, planRepair, repair } from '../../operations/repair.ts';
import { viewNamed } from '../../projections/fold.ts';
import { foldStream, isUnseen } from '../../projections/fold-stream.ts';
import type { Context } from '../context.ts';
import { NotFound } from '../outcomes.ts';
import { recordRepairs } from '../verify/repair-views.ts';
import { differenceJson, differenceText } from './difference-text.ts';

export interface RepairImportOptions {
  readonly only: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: true;
}

/**
 * `imports replay --only`: writes the view of one import again from the log, if it differs.
 * @throws {NotFound | LogUnavailable | ReadModelUnavailable}
 */
export async function repairImport(
  { only: id, dryRun: isDry = false, reason, json }: RepairImportOptions,
  context: Context,
): Promise<void> {
  const { say } = context;
  const writing = isDry ? null : await context.writing();
  const stores = writing ?? (await context.reading());
  const view = viewNamed('import', id);
  const folded = foldStream(view, await stores.log.readStream(view.stream));
  if (folded.length === 0) throw new NotFound(`There is no import ${id} in the log.`);
  // An event of a newer release changes nothing here: the view is as right as this release can make it.
  for (const { event, notFolded } of folded) {
    if (isUnseen(notFolded)) {
      throw new Error(`Revision ${event.revision} of it cannot be folded: ${notFolded.reason}`);
    }
  }
  const repaired = await (writing === null ? planRepair(stores, view) : repair(writing, view));
  const difference = repaired && differenceIn(repaired);
  if (repaired === null || difference === null) {
    say('The view is as the log has it; nothing was changed.');
    return;
  }
  if (writing !== null) await recordRepairs([repaired], reason ?? null, writing);
  await context.write(json ? differenceJson(difference) : `${differenceText(difference)}\n`);
  say(isDry ? 'The view would be written again from the log.' : 'The view was written again from the log.');
}
