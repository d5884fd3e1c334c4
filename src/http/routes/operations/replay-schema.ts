import { z } from 'zod';
import { EXAMPLE } from '../examples.ts';

/** What `/openapi.json` says of replays. */

/** So many of the completed replays are told, the newest first. */
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
        '`unfinished`: a process is at work on it, or it was stopped and can be resumed. The stores do not say which: a `position` that moves does. ' +
        '`discarded`: that is on record, and what is left of it is yet to be removed.',
    }),
    ...began,
    started_at: text('When, as in `created_at`. Null, like `reason` and `operator`, if it is not on record yet.'),
    position: position('Up to where the log is in its version.'),
    head: position('Where the log ends.'),
    share: z.number().min(0).max(1).meta({
      description: 'The first as a share of the second; with EventStoreDB of the bytes, not of the events.',
    }),
  })
  .meta({ id: 'UnfinishedReplay', description: 'The replay that is under way or was left unfinished.' });

const completedReplay = z.object({
  id: z.uuid().meta({ description: REPLAY_ID }),
  ...began,
  started_at: z.string().meta({ description: 'When it began, as in `created_at`.' }),
  completed_at: text('When it was completed; null if that is not on record yet.'),
  events: count(
    'How many events were projected. Null, like the other counts, if nobody knows: its process ended before it could tell.',
  ),
  changed: count('How many views came out otherwise.'),
  added: count('How many views are new.'),
  removed: count('How many views are gone.'),
});

export const replaysSchema = z
  .object({
    current: unfinished.nullable().optional().meta({
      description: 'Always there; null if none is under way or was left unfinished.',
    }),
    completed: z.array(completedReplay).max(COMPLETED).meta({
      description: 'Those that were completed, the newest first.',
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
