import { z } from 'zod';
import { EXAMPLE } from '../examples.ts';
import { timeSchema } from '../import-schema.ts';

const { time } = EXAMPLE;

export const DELIVERY_STATUSES = ['waiting', 'delivered', 'given_up', 'ended'] as const;

const attempt = z
  .object({
    at: timeSchema,
    ms: z.number().meta({ description: 'How long it took, in milliseconds.' }),
    status: z.int().nullable().meta({ description: 'The status of the answer; null: there was none.' }),
    answer: z.string().nullable().meta({
      description:
        'The beginning of the body of the answer, at most a kilobyte; null: it was empty, or there was no answer.',
    }),
    failure: z.string().nullable().meta({ description: 'Why there was no answer, in words; null: there was one.' }),
  })
  .meta({ id: 'Attempt' });

export const deliverySchema = z
  .object({
    id: z.uuid().meta({ description: 'The id of the delivery.' }),
    event_id: z
      .string()
      .nullable()
      .meta({ description: 'The id of the event, which is its `webhook-id`; null: a ping.' }),
    type: z.string().meta({ description: 'The type of the event.' }),
    status: z.string().meta({
      description:
        '`waiting`: it will be tried (again). `delivered`: it was acknowledged by a 2xx. `given_up`: it failed for three days, or was a ping that failed. `ended`: the ' +
        'webhook was disabled or deleted first.',
    }),
    created_at: timeSchema,
    due_at: z.string().nullable().meta({ description: 'When it will be tried next; null: it does not wait.' }),
    tries: z.int().meta({ description: 'How often it was tried since it was made or recovered.' }),
    attempts: z.array(attempt).meta({ description: 'The newest attempts, oldest first, at most 20.' }),
  })
  .meta({
    id: 'Delivery',
    description: 'An event on its way to a webhook.',
    examples: [
      {
        ...{ id: EXAMPLE.delivery, event_id: EXAMPLE.event, type: 'import-api.import.requested', status: 'delivered' },
        ...{ created_at: time, due_at: null, tries: 1 },
        attempts: [{ at: time, ms: 31, status: 204, answer: null, failure: null }],
      },
    ],
  });
