import { reasonOf } from '../../errors/reason-of.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { Follower, FollowerStatus } from '../../projections/follower.ts';
import type { Checkpoint } from '../../projections/projector-store.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import type { LastOutcome } from '../../time/last-outcome.ts';
import { oneAtATime } from '../../time/one-at-a-time.ts';
import { reachedIn } from './lag.ts';

/** A follower gives a sign of life every second. After this time without one it is stuck. */
const HEARTBEAT_LIMIT_SECONDS = 10;

/** The state of the stores and the projector, the same for every report. */
export interface Health {
  /** Whether every part is `ok`. */
  readonly isReady: boolean;
  /** `ok`, or why not. */
  readonly log: string;
  readonly readModel: string;
  /** `ok`, or why not; null if none runs in this process. */
  readonly projector: string | null;
  /** The position of the newest event; null if the log did not answer. */
  readonly head: bigint | null;
  /** The checkpoint of the views; null if there is none, or if the read model did not answer. */
  readonly checkpoint: Checkpoint | null;
  /** The position up to which the log is in the views; null if the read model did not answer. */
  readonly position: bigint | null;
  /** Why a store did not answer; null if both did. */
  readonly failure: unknown;
}

/** The parts to check: the service has all of them, the command line only the stores. */
export interface Parts {
  readonly log: EventLog;
  readonly readModel: ReadModelReader;
  readonly follower?: Pick<Follower, 'status'>;
  /** The last outcomes of appends and of lists. */
  readonly appends?: LastOutcome;
  readonly lists?: LastOutcome;
}

/** Checks everything. One check runs at a time, so that callers without a token cannot cause more work. */
export function healthOf(parts: Parts): () => Promise<Health> {
  return oneAtATime(() => lookAt(parts));
}

/**
 * Checks that the stores can be read, that the last append and the last list worked, and that the projector runs and has caught up. It is
 * cheap, and never fails.
 */
async function lookAt({ log, readModel, follower, appends, lists }: Parts): Promise<Health> {
  const projector = follower === undefined ? null : projectorState(follower.status());
  const [head, checkpoint, append, list] = await Promise.all([
    answerOf(log.head()),
    answerOf(readModel.checkpoint()),
    answerOf(appends?.assertWorks()),
    answerOf(lists?.assertWorks()),
  ]);
  const states = {
    log: stateOf(head.failure ?? append.failure),
    readModel: stateOf(checkpoint.failure ?? list.failure),
    projector,
  };
  return {
    ...states,
    isReady: Object.values(states).every((state) => state === 'ok' || state === null),
    head: head.answer ?? null,
    checkpoint: checkpoint.answer ?? null,
    position: checkpoint.answer === undefined ? null : reachedIn(log, checkpoint.answer),
    failure: head.failure ?? checkpoint.failure,
  };
}

/** The answer of a store. */
interface Asked<T> {
  readonly answer?: T;
  /** Null if it answered. */
  readonly failure: unknown;
}

async function answerOf<T>(asking: Promise<T> | undefined): Promise<Asked<T>> {
  try {
    return { answer: await asking, failure: null } as Asked<T>;
  } catch (failure) {
    return { failure };
  }
}

function stateOf(failure: unknown): string {
  return failure === null ? 'ok' : reasonOf(failure);
}

/** `ok`, or the projector's other state. */
function projectorState({ failure, heartbeatAgeSeconds, caughtUp }: FollowerStatus): string {
  if (failure !== null) return failure;
  if (heartbeatAgeSeconds > HEARTBEAT_LIMIT_SECONDS) return 'no heartbeat';
  return caughtUp ? 'ok' : 'catching up';
}
