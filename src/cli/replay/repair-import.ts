import { streamName } from '../../events/streams.ts';
import { repairView } from '../../operations/replay/repair-view.ts';
import { releaseOf } from '../../operations/verify/repair.ts';
import { NotFound } from '../outcomes.ts';
import { say } from '../say.ts';
import type { Session } from '../session.ts';
import { writeToStandardOutput } from '../standard-output.ts';
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
  session: Session,
  { only: id, dryRun: isDry = false, reason, json }: MendOptions,
): Promise<void> {
  const stream = streamName('import', id);
  const repaired = await repairView(session.log, session.readModel, 'import', id, isDry);
  if (repaired === null) throw new NotFound(`There is no import ${id} in the log.`);
  const { difference } = repaired;
  if (difference === null) {
    say('The view is as the log has it; nothing was changed.');
    return;
  }
  if (!isDry) {
    await session.record({ type: 'RepairViews', reason: reason ?? null, streams: [stream] });
    await releaseOf(session, new Set([stream]));
  }
  await writeToStandardOutput(json ? differenceJson(difference) : `${differenceText(difference)}\n`);
  say(isDry ? 'The view would be written anew.' : 'The view was written anew from the log.');
}
