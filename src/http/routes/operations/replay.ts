import { reachedIn, shareOf } from '../../../operations/lag.ts';
import { type RecordedReplay, recordedReplays } from '../../../operations/recorded-replays.ts';
import { unfinishedAmong } from '../../../operations/replay/replay.ts';
import type { Checkpoint } from '../../../projections/read-model.ts';
import type { Answer } from '../../out/answer.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import type { Services } from '../../services.ts';

/** So many of the completed replays are told, the newest first. */
const COMPLETED = 10;

/** GET /api/v1/operations/replay: how far the version that is being filled has come; and what earlier replays did. */
export function operationsReplay({ log, versions, inZone }: Pick<Services, 'log' | 'versions' | 'inZone'>) {
  return async (): Promise<Answer> => {
    const unfinished = unfinishedAmong(await versions.list(), log);
    const head = await log.head();
    const replays = [...(await recordedReplays(log)).values()];
    const completed = replays
      .filter(({ end }) => end?.type === 'ReplayCompleted')
      .sort((one, other) => (other.end?.revision ?? 0) - (one.end?.revision ?? 0));
    const ofUnfinished = replays.find(({ started }) => started.data.generation === unfinished?.generation);
    const body = {
      current: unfinished && current(unfinished, ofUnfinished, head),
      completed: completed.slice(0, COMPLETED).map(completion),
    };
    return jsonAnswer(JSON.stringify(body));
  };

  /** A version does not tell whether a process is at work on it. */
  function current(checkpoint: Checkpoint, replay: RecordedReplay | undefined, head: bigint): object {
    const position = reachedIn(log, checkpoint);
    return {
      id: checkpoint.generation,
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

  /** A version that a node fills when it starts is not on record. */
  function begin(replay: RecordedReplay | undefined): object {
    if (replay === undefined) return { reason: null, operator: null, started_at: null };
    const { data, metadata } = replay.started;
    return { reason: data.reason, operator: metadata.operator ?? null, started_at: inZone(metadata.occurred_at) };
  }
}
