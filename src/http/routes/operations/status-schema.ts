import { z } from 'zod';
import { EXAMPLE } from '../examples.ts';

/** The schema of the status in `/openapi.json`. */

const text = (description: string) => z.string().meta({ description });
const position = z.string().regex(/^\d+$/);
const count = z.int().min(0).nullable();
const seconds = z.number().min(0);

const replayInStatus = z
  .object({
    id: z.uuid().meta({ description: 'The id of the replay.' }),
    position: position.meta({ description: 'The position up to which its version has the log.' }),
    share: z.number().min(0).max(1).nullable().meta({ description: 'The same as a share of the log.' }),
  })
  .meta({ id: 'ReplayInStatus', description: 'The replay that is under way or unfinished.' });

const lane = z.object({
  count: z.int().min(0).meta({ description: 'How many; counted up to 10,000.' }),
  oldest_seconds: seconds.meta({ description: 'Seconds since the oldest was asked for; 0: there is none.' }),
});
const organizations = z.int().min(0);

const imports = z
  .object({
    waiting: z.object({ none: lane, url: lane, salesforce: lane, sealed: lane }).meta({
      description:
        'Those that wait, by where the image comes from. `none`: the request names no source. `sealed`: a URL with credentials.',
    }),
    running: lane.meta({ description: 'Those that workers have.' }),
    late: z
      .object({ organizations, seconds })
      .meta({ description: 'Imports that somebody could have begun a while ago (IMPORT_WAIT_WARNING_MINUTES).' }),
    connections: z.object({ missing: organizations, refused: organizations, paused: organizations }).meta({
      description:
        'Organizations of which an import waits for the connection to Salesforce. These imports are not late.',
    }),
  })
  .meta({ id: 'ImportsStanding', description: 'How the imports of all nodes stand.' });

export const statusSchema = z
  .object({
    version: text('The release of this node.').optional(),
    log_id: z.uuid().optional().meta({ description: 'The id of the event log.' }),
    views_version: z.int().optional().meta({ description: 'The version of the views of this release.' }),
    views_versions: z
      .array(z.string())
      .nullable()
      .optional()
      .meta({ description: 'The versions of the views that are there.' }),
    log: text('`ok`, or why the event log cannot be read.'),
    read_model: text('`ok`, or why the read model cannot be read.'),
    projector: text('`ok`, `catching up`, `no heartbeat`, or why it does not run.'),
    head: position.nullable().meta({ description: 'The newest event of the log; `0` if there is none.' }),
    position: position
      .nullable()
      .meta({ description: 'The position up to which the log is in the views or the quarantine.' }),
    lag_events: count.meta({ description: 'How many events are after that; with EventStoreDB counted up to 1,000.' }),
    lag_seconds: seconds.nullable().meta({
      description: 'Seconds since the projector was level with the log; 0 while it is.',
    }),
    heartbeat_age_seconds: seconds.meta({
      description: 'Seconds since the last heartbeat of the projector of this node.',
    }),
    events_set_aside: count.meta({
      description: 'How many events are in the quarantine, with those that wait for one of them.',
    }),
    generation: z.uuid().nullable().meta({
      description:
        'The id of the views that this node reads. A rebuild or another version has a new one. Null if there are no views yet.',
    }),
    imports: imports.nullable().optional().meta({
      description: 'Always present; null if it is not known now.',
    }),
    replay: replayInStatus.nullable().optional().meta({
      description: 'Always present; null if no replay is under way or unfinished.',
    }),
  })
  .meta({ id: 'Status', description: 'The state of the service. A value that is not known now is null.' });

const nothing = { count: 0, oldest_seconds: 0 };
const standing = {
  waiting: { none: nothing, url: { count: 3, oldest_seconds: 12.4 }, salesforce: nothing, sealed: nothing },
  running: { count: 2, oldest_seconds: 14.1 },
  late: { organizations: 0, seconds: 0 },
  connections: { missing: 0, refused: 0, paused: 0 },
};

const well = {
  ...{ version: '0.3.0', log_id: EXAMPLE.log, views_version: 10, views_versions: ['9', '10'] },
  ...{ log: 'ok', read_model: 'ok', projector: 'ok', head: '1204', position: '1204', lag_events: 0, lag_seconds: 0 },
  ...{ heartbeat_age_seconds: 0.312, events_set_aside: 0, generation: EXAMPLE.version, imports: standing },
  replay: null,
};
const away = 'The read model is unavailable: it does not answer';

/** The status if all is well, during a replay, and if a store is away. */
export const STATUS_EXAMPLES = {
  well,
  replaying: {
    ...{ ...well, position: '1200', lag_events: 4, lag_seconds: 0.021, heartbeat_age_seconds: 0.018 },
    ...{ events_set_aside: 2, replay: { id: EXAMPLE.replay, position: '301', share: 0.25 } },
  },
  'read-model-away': {
    ...{ ...well, read_model: away, projector: away, position: null, lag_events: null, lag_seconds: null },
    ...{ heartbeat_age_seconds: 1.7, events_set_aside: null, generation: null, imports: null },
  },
};
