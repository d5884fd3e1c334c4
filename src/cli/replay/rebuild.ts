import { madeBy } from '../../operations/replay/made-by.ts';
import { type Replayed, replay } from '../../operations/replay/replay.ts';
import type { VersionBeside } from '../../projections/read-model.ts';
import { ask } from '../ask.ts';
import { counted } from '../counted.ts';
import { Interrupted } from '../interruptible.ts';
import type { Progress } from '../progress.ts';
import type { Session } from '../session.ts';
import { isReaderGone, writeToStandardOutput } from '../standard-output.ts';
import { comparisonJson, comparisonText, differenceJson, differenceText } from './difference-text.ts';
import { openReplay } from './records.ts';

/** So many differences are shown to a person; `--json` has them all. */
const EXAMPLES = 20;

const GO_ON = 'To go on: run `imports replay` again. To throw it away: `imports replay --discard`.';

export interface RebuildOptions {
  readonly reason?: string;
  readonly yes?: true;
  readonly json?: true;
}

/**
 * `imports replay`: fills a version beside the live one, shows how the two differ, and switches.
 * @throws {Interrupted | ReplayUnderWay | LogUnavailable | ReadModelUnavailable}
 */
export async function rebuild(
  session: Session,
  { reason, yes, json }: RebuildOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const version = await openReplay(session, madeBy(session.log), reason ?? null);
  try {
    const replayed = await run(session, version, { yes, json }, progress, signal);
    if (!replayed.isLive) {
      progress.say(`Nothing was switched. The new version is kept. ${GO_ON}`);
      return;
    }
    progress.say('Switched. The service goes over to the new version within a second.');
    await complete(session, version.id, replayed, progress);
  } catch (error) {
    if (error !== signal.reason) throw error;
    throw new Interrupted(`Interrupted. Nothing was switched; what was done is kept. ${GO_ON}`);
  } finally {
    await version.close();
  }
}

async function run(
  { log, readModel }: Session,
  version: VersionBeside,
  { yes, json }: RebuildOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<Replayed> {
  const write = dataWriter(progress);
  let shown = 0;
  if (version.isResumed) progress.say(`Replay ${version.id} is gone on with.`);
  const began = performance.now();
  let events = 0;
  return replay(
    log,
    readModel,
    version,
    {
      onProgress(read, share) {
        events = read;
        progress.update(read, share);
      },
      onWarning: (message) => progress.say(message),
      onFilled() {
        const seconds = (performance.now() - began) / 1000;
        progress.say(
          `Projected ${counted(events, 'event')} in ${seconds.toFixed(1)} s (${Math.round(events / seconds)}/s). Comparing.`,
        );
      },
      async onDifference(difference) {
        shown += 1;
        if (json) await write(differenceJson(difference));
        else if (shown <= EXAMPLES) await write(`${differenceText(difference)}\n`);
      },
      async mayGoLive(comparison) {
        if (!json && shown > EXAMPLES) await write(`… and ${shown - EXAMPLES} more (--json shows all)\n`);
        await write(json ? comparisonJson(comparison) : `${comparisonText(comparison)}\n`);
        return yes === true || ask('Switch to the new version?', signal);
      },
    },
    signal,
  );
}

/** Writes data where somebody reads it; who has seen enough (`| head`) does not end the replay. */
function dataWriter(progress: Progress): (text: string) => Promise<void> {
  let isRead = true;
  return async (text) => {
    if (!isRead) return;
    progress.end();
    await writeToStandardOutput(text).catch((error) => {
      if (!isReaderGone(error)) throw error;
      isRead = false;
    });
  };
}

async function complete(
  { record }: Session,
  replay_id: string,
  { comparison, events }: Replayed,
  progress: Progress,
): Promise<void> {
  const { changed, added, removed } = comparison;
  try {
    await record({ type: 'CompleteReplay', replay_id, events, changed, added, removed });
  } catch (error) {
    progress.say('The new version is live, but that could not be put on record: the next replay will do so.');
    throw error;
  }
}
