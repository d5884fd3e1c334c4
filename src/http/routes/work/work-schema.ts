import { z } from 'zod';
import { IMPORT_REASONS } from '../../../events/import-events.ts';
import { OUTSIDE_LANES } from '../../../importer/outside-work.ts';
import { parseClaim } from '../../claim-name.ts';
import { parameter, parsed } from '../../in/query-values.ts';
import { noSuchClaim } from '../../out/problem.ts';
import { EXAMPLE } from '../examples.ts';
import { importSchema, timeSchema } from '../import-schema.ts';

/** A worker may have so many new claims at once. */
const MOST_CLAIMS = 20;
const LONGEST_WAIT_SECONDS = 30;
const SHORTEST_CLAIM_SECONDS = 10;
const LONGEST_CLAIM_SECONDS = 1_800;
const LONGEST_PAUSE_SECONDS = 86_400;
const LONGEST_DETAIL = 1_000;
const LONGEST_NAME = 255;

const CLAIM = `${EXAMPLE.import}.${EXAMPLE.event}`;

function count(least: number, most: number, description: string) {
  const error = `takes a whole number from ${least} to ${most}.`;
  return z.int({ error }).min(least, { error }).max(most, { error }).meta({ description });
}

const wellFormed = (text: string) => text.isWellFormed() && !text.includes('\0');

/** A text of a worker. */
function words(most: number) {
  const error = `takes a text of at most ${most} characters.`;
  return z.string({ error }).max(most, { error }).refine(wellFormed, { error });
}

export const claimsWished = z
  .object({
    max: count(1, MOST_CLAIMS, 'How many imports at most.').default(1),
    wait_seconds: count(0, LONGEST_WAIT_SECONDS, 'How long the answer waits if there is nothing to do.').default(0),
    sources: z
      .array(z.enum(OUTSIDE_LANES, { error: `takes a list of ${OUTSIDE_LANES.join(', ')}.` }), {
        error: `takes a list of sources, such as ["${OUTSIDE_LANES.join('", "')}"].`,
      })
      .min(1, { error: 'takes one source or more.' })
      .max(OUTSIDE_LANES.length, { error: 'takes each source once.' })
      .default([...OUTSIDE_LANES])
      .meta({ description: 'Where the images of the imports may be; if it is not sent, anywhere.' }),
    seconds: count(
      SHORTEST_CLAIM_SECONDS,
      LONGEST_CLAIM_SECONDS,
      'How long you may take for each. After that, somebody else may get it.',
    ).default(120),
  })
  .meta({ id: 'WorkWish', examples: [{ max: 2, wait_seconds: 30, sources: ['salesforce'], seconds: 600 }] });

export const failureSaid = z
  .object({
    reason: z.enum(IMPORT_REASONS, { error: `takes one of ${IMPORT_REASONS.join(', ')}.` }).meta({
      description:
        'Why. `docs/importing.md` says what becomes of each; `worker_lost` gives the import back: it waits, as if you had never had it.',
    }),
    detail: words(LONGEST_DETAIL).nullable().default(null).meta({
      description: 'The same in words. Everybody who may see the import can read it: no credential, no query.',
    }),
    retry_after: count(
      0,
      LONGEST_PAUSE_SECONDS,
      'If it is tried again, then not before so many seconds have passed. If it is not sent, the service chooses.',
    ).optional(),
  })
  .meta({
    id: 'WorkFailure',
    examples: [{ reason: 'source_unavailable', detail: 'The host answered 503.', retry_after: 60 }],
  });

export const claimSchema = z
  .object({
    id: z.string().meta({ description: 'The name of the claim, for `/complete` and `/fail`.' }),
    attempt: z.int().meta({ description: 'How many attempts there were, with this one.' }),
    deadline: timeSchema,
    import: importSchema,
  })
  .meta({
    id: 'WorkClaim',
    description: 'An import that is yours until the deadline. Its `params` say where the image is.',
  });

/** The name of a claim in a path. Text that is none gets the same 404 as an unknown one. */
export const claimInPath = z.object({
  claim: parameter(parsed(parseClaim, noSuchClaim().message), 'The `id` of the claim.', CLAIM),
});

const MD5 = /^[0-9a-f]{32}$/i;

/** What a worker says of the bytes. */
export const bytesSaid = z.object({
  filename: parameter(
    words(LONGEST_NAME).optional(),
    'The name of the file at its source, with its extension.',
    'IMG_0001.jpeg',
  ),
  external_id: parameter(
    words(LONGEST_NAME).optional(),
    'How you name the image. It is kept in the event, and for nothing else.',
    'my-4711',
  ),
  md5: parameter(
    z.string().regex(MD5, { error: 'takes an md5 as 32 digits in hex.' }).optional(),
    'The md5 of the bytes in hex. If others come, the answer is 422.',
    'd41d8cd98f00b204e9800998ecf8427e',
  ),
});
