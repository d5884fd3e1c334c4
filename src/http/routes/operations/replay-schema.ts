import { z } from 'zod';
import { EXAMPLE } from '../examples.ts';

/** The schemas of replays in `/openapi.json`. */

/** How many completed replays are shown, the newest first. */
export const COMPLETED = 10;

const REPLAY_ID = 'The id of the replay.';
const text = (description: string) => z.string().nullable().meta({ description });
const count = (description: string) => z.int().min(0).nullable().meta({ description });
const position = (description: string) => z.string().regex(/^\d+$/).meta({ description });

const began = {
  reason: text('Why, as the operator gave it.'),
  operator: text('Who began it.'),
};

const unfinished = z
  .object({
    id: z.uuid().meta({ description: REPLAY_ID }),
    state: z.string().meta({
      examples: ['unfinished', 'discarded'],
      description:
        '`unfinished`: a process works on it, or it was stopped and can be resumed. The stores do not say which. If `position` moves, a process works ' +
        'on it. `discarded`: this is on record, but its version is not removed yet.',
    }),
    ...began,
    started_at: text(
      'When it began, as in `created_at`. Null, like `reason` and `operator`, if it is not on record yet.',
    ),
    position: position('The position up to which its version has the log.'),
    head: position('The position of the end of the log.'),
    share: z.number().min(0).max(1).meta({
      description: '`position` as a share of `head`. With EventStoreDB, positions count bytes, not events.',
    }),
  })
  .meta({ id: 'UnfinishedReplay', description: 'The replay that is under way or unfinished.' });

const completedReplay = z.object({
  id: z.uuid().meta({ description: REPLAY_ID }),
  ...began,
  started_at: z.string().meta({ description: 'When it began, as in `created_at`.' }),
  completed_at: text('When it was completed; null if that is not on record yet.'),
  events: count(
    'How many events were projected. Null, like the other counts, if its process ended before it recorded them.',
  ),
  changed: count('How many views have changed.'),
  added: count('How many views were added.'),
  removed: count('How many views were removed.'),
});

export const replaysSchema = z
  .object({
    current: unfinished.nullable().optional().meta({
      description: 'Always present; null if no replay is under way or unfinished.',
    }),
    completed: z.array(completedReplay).max(COMPLETED).meta({
      description: 'The completed replays, the newest first.',
    }),
  })
  .meta({ id: 'Replays', description: 'The replays of the read model.' });

export const REPLAY_EXAMPLES = {
  'under-way': {
    current: {
      ...{ id: EXAMPLE.replay, state: 'unfinished', reason: 'album ids in upper case', operator: 'root' },
      ...{ started_at: '2019-04-09T09:00:00.000+02:00', position: '301', head: '1204', share: 0.25 },
    },
    completed: [
      {
        ...{ id: '5e0c1a52-1d0b-4f0e-8a39-3f1f5f0c2b7d', reason: 'ticket 4711', operator: 'root' },
        ...{ started_at: EXAMPLE.time, completed_at: '2019-04-08T19:41:07.500+02:00' },
        ...{ events: 1100, changed: 3, added: 1, removed: 0 },
      },
    ],
  },
  none: { current: null, completed: [] },
};
