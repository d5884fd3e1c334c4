import type { EventLog } from '../../events/event-log.ts';
import { observedLog } from '../../events/observed-log.ts';
import { ReadModelUnavailable } from '../../projections/errors.ts';
import { Follower } from '../../projections/follower.ts';
import { InlineProjector } from '../../projections/inline-projector.ts';
import type { ReadModel } from '../../projections/read-model.ts';
import { retry } from '../../time/retry.ts';
import { shareOf } from '../health/lag.ts';

/** A store that is slow for a moment does not end a replay that has run for an hour: so often in a row it is tried. */
const TRIES = 3;
const PAUSE_MS = 500;

export interface FillHooks {
  /**
   * Is called after each page of events.
   * @param events how many were read since this process began
   * @param share the part of the log that is in the version, from 0 to 1
   */
  onProgress(events: number, share: number): Promise<void>;
  onWarning(message: string): void;
}

/**
 * Fills a version of the views from its checkpoint until it is level with the log. It can be stopped at any moment and resumed.
 * @returns how many events were read
 * @throws the signal's reason, after the running step has finished, and errors of `onProgress`
 * @throws {LogUnavailable | ReadModelUnavailable}
 */
export async function fillVersion(
  log: EventLog,
  readModel: ReadModel,
  hooks: FillHooks,
  signal: AbortSignal,
): Promise<number> {
  const head = await log.head();
  let events = 0;
  let onPage = () => {};
  const counted: EventLog = {
    ...observedLog(log, { appended: () => {}, appendFailed: () => {} }),
    async *follow(after, following) {
      for await (const page of log.follow(after, AbortSignal.any([following, signal]))) {
        yield page;
        const last = page.at(-1);
        if (last === undefined) continue;
        events += page.length;
        onPage();
        await hooks.onProgress(events, shareOf(last.position, head));
      }
    },
  };
  const follower = followerOf(counted, readModel, hooks.onWarning);
  const tryToFill = (_tries: number, gotFurther: () => void) => {
    onPage = gotFurther;
    return follower.untilLevel();
  };
  await retry(tryToFill, {
    tries: TRIES,
    pauseMs: () => PAUSE_MS,
    when: (error) => error instanceof ReadModelUnavailable,
    signal,
  });
  signal.throwIfAborted();
  return events;
}

/** Keeps a version level with the log while `work` runs. */
export async function keptLevel<T>(log: EventLog, readModel: ReadModel, work: () => Promise<T>): Promise<T> {
  const follower = followerOf(log, readModel, () => {});
  follower.start();
  try {
    return await work();
  } finally {
    await follower.stop();
  }
}

function followerOf(log: EventLog, readModel: ReadModel, onWarning: (message: string) => void): Follower {
  return new Follower(log, readModel, new InlineProjector(readModel), {
    info: () => {},
    warn: (_fields, message) => onWarning(message),
  });
}
