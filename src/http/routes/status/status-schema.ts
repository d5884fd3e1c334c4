import { z } from 'zod';
import { EXAMPLE } from '../examples.ts';
import { timeSchema } from '../import-schema.ts';

const timeOrNull = (description: string) => z.string().nullable().meta({ description });
const countOrNull = (description: string) => z.int().nullable().meta({ description });

export const importStatusSchema = z
  .object({
    status: z.string().meta({
      description:
        '`waiting`: nobody works on it just now. `running`: a worker fetches the image. `succeeded`: the image is there. `failed`: it is not tried again ' +
        'by itself. `cancelled`: somebody cancelled it.',
    }),
    attempts: z.int().meta({
      description: 'How many attempts there were. One that ended for a reason of many imports does not count.',
    }),
    reason: z.string().nullable().meta({
      description:
        'Why the last attempt did not succeed, or what the import waits for: `source_not_found`, `connection_missing`, …. Null: nothing went wrong.',
    }),
    detail: z.string().nullable().meta({ description: 'The same in words, for a person.' }),
    retryable: z.boolean().nullable().meta({
      description: 'Whether another attempt may help. False: as the request is, it will not. Null: nothing went wrong.',
    }),
    next_attempt_at: timeOrNull(
      'While it waits: it is tried at this time or later. Null: it does not wait, or it waits until somebody has done what `detail` says.',
    ),
    deadline: timeOrNull('While it runs: if the worker is not done then, another one may take the import. Else null.'),
    bytes_received: countOrNull(
      'While it runs: how much of the image has come. Null: the node that answers is not the one at work.',
    ),
    bytes_expected: countOrNull('How much there is, as the source says; null as before, and if it does not say.'),
    image_id: z.string().nullable().meta({ description: 'The image; null until it has arrived.' }),
    requested_at: timeSchema,
    started_at: timeOrNull('When the last attempt began; null: there was none.'),
    ended_at: timeOrNull('When it succeeded, failed or was cancelled; null: it has not ended.'),
  })
  .meta({
    id: 'ImportStatus',
    description: 'Where an import stands.',
    examples: [
      {
        ...{
          status: 'waiting',
          attempts: 1,
          reason: 'source_unavailable',
          detail: 'The host answered 503.',
          retryable: true,
        },
        ...{
          next_attempt_at: EXAMPLE.time,
          deadline: null,
          bytes_received: null,
          bytes_expected: null,
          image_id: null,
        },
        ...{ requested_at: EXAMPLE.time, started_at: EXAMPLE.time, ended_at: null },
      },
    ],
  });
