import type { EventLog } from '../events/event-log.ts';
import type { LastOutcome } from '../last-outcome.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import type { Follower, FollowerStatus } from '../projections/follower.ts';
import type { ReadModel } from '../projections/read-model.ts';
import { answerOf, projectorState } from './part-states.ts';

/** Whether the service is ready, and how each part of it is: `ok`, or why not. */
export interface Readiness {
  readonly isReady: boolean;
  readonly log: string;
  readonly readModel: string;
  readonly projector: string;
  readonly follower: FollowerStatus;
}

export interface Parts {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  readonly follower: Pick<Follower, 'status'>;
  /** Of appends, and of lists. */
  readonly appends: LastOutcome;
  readonly lists: LastOutcome;
}

/**
 * Looks whether the stores can be read, the last append and the last list worked, and the projector runs and has caught up. Who asks
 * without a token makes no more work than one look at a time.
 */
export function readinessOf({ log, readModel, follower, appends, lists }: Parts): () => Promise<Readiness> {
  return oneAtATime(async () => {
    const status = follower.status();
    const [ofLog, ofReadModel] = await Promise.all([
      answerOf(Promise.all([log.head(), appends.assertWorks()])),
      answerOf(Promise.all([readModel.checkpoint(), lists.assertWorks()])),
    ]);
    const states = { log: ofLog.state, readModel: ofReadModel.state, projector: projectorState(status) };
    return { ...states, isReady: Object.values(states).every((state) => state === 'ok'), follower: status };
  });
}
