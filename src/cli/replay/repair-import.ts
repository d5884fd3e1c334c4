import { streamName } from '../../events/streams.ts';
import { repairView } from '../../operations/replay/repair-view.ts';
import { releaseOf } from '../../operations/verify/repair.ts';
import type { ReadModel } from '../../projections/read-model.ts';
import type { Context } from '../context.ts';
import { NotFound } from '../outcomes.ts';
import { differenceJson, differenceText } from './difference-text.ts';

export interface MendOptions {
  readonly only: string;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: true;
}

/**
 * `imports replay --only`: one import's view, written anew from the log where it differs from it.
 * @throws {NotFound | LogUnavailable | ReadModelUnavailable}
 */
export async function repairImport(
  { only: id, dryRun: isDry = false, reason, json }: MendOptions,
  context: Context,
): Promise<void> {
  const { say } = context;
  const writing = isDry ? null : await context.writing();
  const { log, readModel } = writing ?? (await context.reading());
  const stream = streamName('import', id);
  // Dry, it writes nothing.
  const repaired = await repairView(log, readModel as ReadModel, 'import', id, isDry);
  if (repaired === null) throw new NotFound(`There is no import ${id} in the log.`);
  const { difference } = repaired;
  if (difference === null) {
    say('The view is as the log has it; nothing was changed.');
    return;
  }
  if (writing !== null) {
    await writing.record({ type: 'RepairViews', reason: reason ?? null, streams: [stream] });
    await releaseOf(writing, new Set([stream]));
  }
  await context.write(json ? differenceJson(difference) : `${differenceText(difference)}\n`);
  say(isDry ? 'The view would be written anew.' : 'The view was written anew from the log.');
}
