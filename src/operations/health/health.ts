import type { EventLog } from '../../events/event-log.ts';
import type { LastOutcome } from '../../last-outcome.ts';
import { oneAtATime } from '../../one-at-a-time.ts';
import type { Follower, FollowerStatus } from '../../projections/follower.ts';
import type { Checkpoint } from '../../projections/projector-store.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import { reasonOf } from '../../reason-of.ts';
import { reachedIn } from './lag.ts';

/** A follower that has given no sign of life for so long is stuck: it gives one every second. */
const HEARTBEAT_LIMIT_SECONDS = 10;

/** How the stores and the projector are: what every report on it says, whoever asks for it. */
export interface Health {
  /** Whether every part is `ok`. */
  readonly isReady: boolean;
  /** `ok`, or why not. */
  readonly log: string;
  readonly readModel: string;
  /** The same; null where none runs in this process. */
  readonly projector: string | null;
  /** Where the log ends; null where it does not tell. */
  readonly head: bigint | null;
  /** Of the views; null where there is none, or where the read model does not tell. */
  readonly checkpoint: Checkpoint | null;
  /** Up to where the log is in the views; null where the read model does not tell. */
  readonly position: bigint | null;
  /** Why a store did not answer; null where both did. */
  readonly failure: unknown;
}

/** What is looked at: a service has all of it, the command line the stores alone. */
export interface Parts {
  readonly log: EventLog;
  readonly readModel: ReadModelReader;
  readonly follower?: Pick<Follower, 'status'>;
  /** Of appends, and of lists. */
  readonly appends?: LastOutcome;
  readonly lists?: LastOutcome;
}

/** Looks at everything at once, and makes no more work than one look at a time, however many ask: who asks may have no token. */
export function healthOf(parts: Parts): () => Promise<Health> {
  return oneAtATime(() => lookAt(parts));
}

/**
 * Looks whether the stores can be read, the last append and the last list worked, and the projector runs and has caught up. It is cheap, and
 * never fails.
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

/** What came of asking. */
interface Asked<T> {
  readonly answer?: T;
  /** Null: it answered. */
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

/** `ok`, or how the projector is instead. */
function projectorState({ failure, heartbeatAgeSeconds, caughtUp }: FollowerStatus): string {
  if (failure !== null) return failure;
  if (heartbeatAgeSeconds > HEARTBEAT_LIMIT_SECONDS) return 'no heartbeat';
  return caughtUp ? 'ok' : 'catching up';
}
