import { z } from 'zod';
import { EXAMPLE } from '../examples.ts';

/** What `/openapi.json` says of the status. */

const text = (description: string) => z.string().meta({ description });
const position = z.string().regex(/^\d+$/);
const count = z.int().min(0).nullable();
const seconds = z.number().min(0);

const replayInStatus = z
  .object({
    id: z.uuid().meta({ description: 'The id of the replay.' }),
    position: position.meta({ description: 'Up to where the log is in its version.' }),
    share: z.number().min(0).max(1).nullable().meta({ description: 'The same as a share of the log.' }),
  })
  .meta({ id: 'ReplayInStatus', description: 'The replay that is under way or was left unfinished.' });

export const statusSchema = z
  .object({
    log: text('`ok`, or why the event log cannot be read.'),
    read_model: text('`ok`, or why the read model cannot be read.'),
    projector: text('`ok`, `catching up`, `no heartbeat`, or why it stands still.'),
    head: position.nullable().meta({ description: 'The newest event of the log; `0` if there is none.' }),
    position: position.nullable().meta({ description: 'Up to where the log is in the views, or in the quarantine.' }),
    lag_events: count.meta({ description: 'How many events are after that; with EventStoreDB counted up to 1,000.' }),
    lag_seconds: seconds.nullable().meta({
      description: 'Since the projector was last level with the log; 0 while it is.',
    }),
    heartbeat_age_seconds: seconds.meta({ description: 'Since the projector of this node last gave a sign of life.' }),
    events_set_aside: count.meta({
      description: 'How many events could not be projected, or wait for one that could not.',
    }),
    generation: z.uuid().nullable().meta({
      description:
        'Which making of the views this node reads: another one after a rebuild, and in another version. Null also before the first.',
    }),
    replay: replayInStatus.nullable().optional().meta({
      description: 'Always there; null if none is under way or was left unfinished.',
    }),
  })
  .meta({ id: 'Status', description: 'How the service is doing. What cannot be known just now is null.' });

const well = {
  ...{ log: 'ok', read_model: 'ok', projector: 'ok', head: '1204', position: '1204', lag_events: 0, lag_seconds: 0 },
  ...{ heartbeat_age_seconds: 0.312, events_set_aside: 0, generation: EXAMPLE.version, replay: null },
};
const away = 'The read model is unavailable: it does not answer';

/** While all is well, while a replay runs, and while a store is away. */
export const STATUS_EXAMPLES = {
  well,
  replaying: {
    ...{ ...well, position: '1200', lag_events: 4, lag_seconds: 0.021, heartbeat_age_seconds: 0.018 },
    ...{ events_set_aside: 2, replay: { id: EXAMPLE.replay, position: '301', share: 0.25 } },
  },
  'read-model-away': {
    ...{ ...well, read_model: away, projector: away, position: null, lag_events: null, lag_seconds: null },
    ...{ heartbeat_age_seconds: 1.7, events_set_aside: null, generation: null },
  },
};
