import type { EventLog } from '../../events/event-log.ts';
import { observedLog } from '../../events/observed-log.ts';
import { Follower } from '../../projections/follower.ts';
import { InlineProjector } from '../../projections/inline-projector.ts';
import type { ReadModel, VersionBeside } from '../../projections/read-model.ts';
import { shareOf } from '../lag.ts';
import { type Comparison, compareVersions } from './compare-versions.ts';
import type { Difference } from './difference.ts';

export interface ReplayHooks {
  /**
   * How far the version has come.
   * @param events read since this process began
   * @param share of the log that is in it, from 0 to 1
   */
  onProgress(events: number, share: number): void;
  onWarning(message: string): void;
  /** The version is level with the log. */
  onFilled(): void;
  /** A view that comes out otherwise than it is. */
  onDifference(difference: Difference): Promise<void>;
  /** Whether the version is to take the live one's place. It is kept level with the log meanwhile. */
  mayGoLive(comparison: Comparison): Promise<boolean>;
}

/** What came of it. */
export interface Replayed {
  readonly comparison: Comparison;
  readonly isLive: boolean;
  /** How many events of the log are in the version; where positions do not count them, how many this process read until it was filled. */
  readonly events: number;
}

/**
 * Fills the version beside the live read model from the log, tells how the two differ, and where it may, puts it in the live one's place.
 * Until then it can be stopped at any moment and gone on with.
 * @throws the signal's reason, once what was under way is finished
 * @throws {LogUnavailable | ReadModelUnavailable}
 */
export async function replay(
  log: EventLog,
  live: ReadModel,
  version: VersionBeside,
  hooks: ReplayHooks,
  signal: AbortSignal,
): Promise<Replayed> {
  const beside = version.readModel;
  const follower = (followed: EventLog) =>
    new Follower(followed, beside, new InlineProjector(beside), {
      info: () => {},
      warn: (_fields, message) => hooks.onWarning(message),
    });
  const head = await log.head();
  let read = 0;
  const counted = stoppedBy(signal, log, (events, position) => {
    read += events;
    hooks.onProgress(read, shareOf(position, head));
  });
  await follower(counted).untilLevel();
  signal.throwIfAborted();
  hooks.onFilled();

  // The log goes on: the version is to be level with it whenever the answer comes.
  const keeping = follower(log);
  keeping.start();
  let comparison: Comparison;
  let isLive: boolean;
  try {
    comparison = await compareVersions({ log, live, beside }, hooks.onDifference, signal);
    isLive = await hooks.mayGoLive(comparison);
    signal.throwIfAborted();
  } finally {
    await keeping.stop();
  }
  if (isLive) {
    await follower(log).untilLevel();
    signal.throwIfAborted();
  }
  const position = (await beside.checkpoint())?.position ?? 0n;
  if (isLive) await version.goLive();
  return { comparison, isLive, events: log.hasDensePositions ? Number(position) : read };
}

/** The same log; following it ends with the signal, and each page that was asked for is told of. */
function stoppedBy(stop: AbortSignal, log: EventLog, onPage: (events: number, position: bigint) => void): EventLog {
  return {
    ...observedLog(log, { appended: () => {}, appendFailed: () => {} }),
    async *follow(after, signal) {
      for await (const page of log.follow(after, AbortSignal.any([signal, stop]))) {
        yield page;
        const last = page.at(-1);
        if (last !== undefined) onPage(page.length, last.position);
      }
    },
  };
}
