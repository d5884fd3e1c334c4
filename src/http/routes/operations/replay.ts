import { reachedIn, shareOf } from '../../../operations/lag.ts';
import { isLive, type RecordedReplay, recordedReplays } from '../../../operations/recorded-replays.ts';
import type { BesideStatus } from '../../../projections/read-model.ts';
import type { Answer } from '../../out/answer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import type { Services } from '../../services.ts';

/** So many of the completed replays are told, the newest first. */
const COMPLETED = 10;

/** GET /api/v1/operations/replay: how far the replay under way has come, or the one that was left unfinished; and what earlier ones did. */
export function operationsReplay({ log, readModel, inZone }: Pick<Services, 'log' | 'readModel' | 'inZone'>) {
  return async (): Promise<Answer> => {
    // The versions before the record: a replay that goes live in between is then told as completed.
    const beside = await readModel.besideStatus();
    const live = await readModel.checkpoint();
    const head = await log.head();
    const replays = await recordedReplays(log);
    const completed = [...replays.values()]
      .filter((replay) => replay.end?.type === 'ReplayCompleted' || (replay.end === null && isLive(replay, live, log)))
      .sort((one, other) => endedAt(other) - endedAt(one));
    const isDone = (id: string) => completed.some(({ started }) => started.data.replay_id === id);
    const body = {
      current: beside === null || isDone(beside.id) ? null : current(beside, replays.get(beside.id), head),
      completed: completed.slice(0, COMPLETED).map(completion),
    };
    return jsonAnswer(JSON.stringify(body));
  };

  /** A version beside the live one does not tell whether a process is at work on it. */
  function current({ id, checkpoint }: BesideStatus, replay: RecordedReplay | undefined, head: bigint): object {
    const position = reachedIn(log, checkpoint);
    return {
      id,
      state: replay?.end ? 'discarded' : 'unfinished',
      ...begin(replay),
      position: String(position),
      head: String(head),
      share: shareOf(position, head),
    };
  }

  function completion(replay: RecordedReplay): object {
    const { started, end } = replay;
    const counts =
      end?.type === 'ReplayCompleted' ? end.data : { events: null, changed: null, added: null, removed: null };
    const { events, changed, added, removed } = counts;
    const completed_at = end && inZone(end.metadata.occurred_at);
    return { id: started.data.replay_id, ...begin(replay), completed_at, events, changed, added, removed };
  }

  /** A version that was begun just now may not be on record yet. */
  function begin(replay: RecordedReplay | undefined): object {
    if (replay === undefined) return { reason: null, operator: null, started_at: null };
    const { data, metadata } = replay.started;
    return { reason: data.reason, operator: metadata.operator ?? null, started_at: inZone(metadata.occurred_at) };
  }
}

/** Where in the record a replay ended; one that is live before that is on record, behind all others. */
function endedAt({ end }: RecordedReplay): number {
  return end?.revision ?? Number.MAX_SAFE_INTEGER;
}
