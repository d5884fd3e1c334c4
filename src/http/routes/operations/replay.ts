import { reachedIn, shareOf } from '../../../operations/health/lag.ts';
import { type RecordedReplay, recordedReplays } from '../../../operations/recorded-replays.ts';
import { unfinishedAmong } from '../../../operations/replay/replay.ts';
import { jsonAnswer } from '../../out/json-answer.ts';
import { route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { COMPLETED, REPLAY_EXAMPLES, replaysSchema } from './replay-schema.ts';

export const operationsReplay = route({
  id: 'showReplay',
  tag: 'Operations',
  method: 'GET',
  path: '/api/v1/operations/replay',
  access: 'operator',
  summary: 'The progress of a replay, and completed replays',
  description:
    'For operators: the replay that is under way or unfinished (there is at most one), and the newest ten that were completed. `npx imports replay` ' +
    'runs replays.',
  answers: {
    200: {
      description: 'The replays.',
      body: replaysSchema,
      examples: REPLAY_EXAMPLES,
    },
  },
  problems: [],
  async handle(_, { log, versions, inZone }) {
    const unfinished = unfinishedAmong(await versions.list(), log);
    const head = await log.head();
    const replays = [...(await recordedReplays(log)).values()];
    const completed = replays
      .filter(({ end }) => end?.type === 'ReplayCompleted')
      .sort((one, other) => (other.end?.revision ?? 0) - (one.end?.revision ?? 0));
    const ofUnfinished = replays.find(({ started }) => started.data.generation === unfinished?.generation);
    const position = reachedIn(log, unfinished);
    const body = {
      // A version does not show whether a process works on it.
      current: unfinished && {
        ...{ id: unfinished.generation, state: ofUnfinished?.end ? 'discarded' : 'unfinished' },
        ...beginOf(ofUnfinished, inZone),
        ...{ position: String(position), head: String(head), share: shareOf(position, head) },
      },
      completed: completed.slice(0, COMPLETED).map((replay) => completionOf(replay, inZone)),
    };
    return jsonAnswer(JSON.stringify(body));
  },
});

function completionOf(replay: RecordedReplay, inZone: Services['inZone']): object {
  const { started, end } = replay;
  const counts =
    end?.type === 'ReplayCompleted' ? end.data : { events: null, changed: null, added: null, removed: null };
  const { events, changed, added, removed } = counts;
  const completed_at = end && inZone(end.metadata.occurred_at);
  return { id: started.data.replay_id, ...beginOf(replay, inZone), completed_at, events, changed, added, removed };
}

/** All null if a node fills the version at its start, since that is not on record. */
function beginOf(replay: RecordedReplay | undefined, inZone: Services['inZone']): object {
  if (replay === undefined) return { reason: null, operator: null, started_at: null };
  const { data, metadata } = replay.started;
  return { reason: data.reason, operator: metadata.operator ?? null, started_at: inZone(metadata.occurred_at) };
}
