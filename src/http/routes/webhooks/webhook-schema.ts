import { z } from 'zod';
import { parameter } from '../../in/query-values.ts';
import { noSuchDelivery, noSuchWebhook } from '../../out/problem.ts';
import { EXAMPLE } from '../examples.ts';
import { timeSchema } from '../import-schema.ts';

/** The schemas of webhooks and their deliveries in `/openapi.json`, and what is accepted of their settings. */

const { album, organization, time } = EXAMPLE;

const TYPES = ['import-api.import.requested'];
const URL = 'https://hooks.example.com/imports';

const describedText = (description: string) => z.string().meta({ description });

const webhookFields = {
  id: z.uuid().meta({ description: 'The id of the webhook.' }),
  organization_id: z.uuid().meta({ description: 'The organization of the user or secret that registered it.' }),
  url: describedText('Where it sends to.'),
  types: z.array(z.string()).meta({ description: 'The types of events that it gets; `*` is all of them.' }),
  album_id: z.string().nullable().meta({ description: 'It gets only events of this album; null: of every album.' }),
  thin: z.boolean().meta({ description: 'Only ids are sent.' }),
  ordered: z.boolean().meta({
    description: 'One delivery after the other. If not, only the deliveries of one import come one after the other.',
  }),
  v1a: z.boolean().meta({ description: 'Deliveries have a `v1a` signature, too.' }),
  status: describedText(
    '`enabled`, `disabled`, or `held`: its log was moved, copied or restored, and an operator must say from where on it sends.',
  ),
  reason: z
    .string()
    .nullable()
    .meta({
      description:
        'Why it is disabled. `gone`: it answered 410. `failing`: nothing but failures for five days. `rights_ended`: whoever chose its URL may no ' +
        'longer see the events. `asked`: somebody disabled it. Null: it is not disabled.',
    }),
  detail: z.string().nullable().meta({ description: 'What happened last, or why it is held, in words.' }),
  public_keys: z.array(z.string()).meta({
    description:
      'What `v1a` signatures are verified with: the present key first, then, while a rotation overlaps, the one before. Empty without `v1a`.',
  }),
  watermark: describedText(
    'The cursor before which everything was acknowledged or given up. From here you can go on with `GET /api/v1/events?after=…`.',
  ),
  created_at: timeSchema,
  updated_at: timeSchema,
};

const shown = {
  ...{ id: EXAMPLE.webhook, organization_id: organization, url: URL, types: TYPES, album_id: album, thin: false },
  ...{ ordered: false, v1a: false, status: 'enabled', reason: null, detail: null, public_keys: [] },
  ...{ watermark: 'ATXQmc1v', created_at: time, updated_at: time },
};

export const webhookSchema = z
  .object(webhookFields)
  .meta({ id: 'Webhook', description: 'An endpoint that gets events. Its secret is not shown.', examples: [shown] });

const secret = describedText(
  'The secret that the deliveries are signed with. It is shown in this answer alone: keep it where secrets are kept.',
);

export const webhookWithSecret = z.object({ ...webhookFields, secret: secret.optional() }).meta({
  id: 'WebhookWithSecret',
  description:
    'An endpoint and its secret. A repeated request with the same `Idempotency-Key` shows the secret as long as it was not rotated.',
  examples: [{ ...shown, secret: 'whsec_DS3SBlIRePFgVFQGSoTzpx/35Qj2QtGhfOBI0kRUghU=' }],
});

export const newSecret = z
  .object({ secret, overlap_until: timeSchema })
  .meta({ id: 'NewSecret', description: 'A new secret. Until `overlap_until`, the secret before signs, too.' });

export const webhookKeysSchema = z
  .object({
    keys: z.array(
      z.object({
        key: describedText('An ed25519 key: `whpk_` and its 32 bytes in base64.'),
        until: z.string().nullable().meta({
          description: 'Until when it signs, in UTC; null: until the next rotation.',
        }),
      }),
    ),
  })
  .meta({
    id: 'WebhookKeys',
    description: 'The keys that verify the `v1a` signatures of an endpoint, the present one first.',
  });

/** The id of a webhook in a path. Text that is no UUID gets the same 404 as an unknown id. */
const webhookId = parameter(
  z.uuid({ error: noSuchWebhook().message }).toLowerCase(),
  'The `id` of the webhook.',
  EXAMPLE.webhook,
);

export const webhookInPath = z.object({ id: webhookId });

export const deliveryInPath = z.object({
  id: webhookId,
  delivery: parameter(
    z.uuid({ error: noSuchDelivery().message }).toLowerCase(),
    'The `id` of the delivery.',
    EXAMPLE.delivery,
  ),
});

export const albumInQuery = parameter(
  z.string().optional(),
  'The album of the webhook. A token for some albums must name one of them.',
  album,
);

export const ofAlbum = z.object({ album_id: albumInQuery });

const MOST_CHARACTERS = { url: 2_048, type: 255, album: 255 };
const MOST_TYPES = 20;

const wellFormed = (text: string) => text.isWellFormed() && !text.includes('\0');
const text = (most: number, error: string) =>
  z.string({ error }).min(1, { error }).max(most, { error }).refine(wellFormed, { error });
const yesOrNo = (description: string) => z.boolean({ error: 'takes true or false.' }).meta({ description });

/** The settings, each as it is sent. */
export const settings = {
  url: text(MOST_CHARACTERS.url, `takes a URL of at most ${MOST_CHARACTERS.url} characters, such as "${URL}".`).meta({
    description: 'Where to send to: a URL with https.',
  }),
  types: z
    .array(text(MOST_CHARACTERS.type, `takes names of types as texts, such as ["${TYPES[0]}"].`), {
      error: `takes a list of types, such as ["${TYPES[0]}"], or ["*"] for all.`,
    })
    .min(1, { error: 'takes one type or more: ["*"] is all of them.' })
    .max(MOST_TYPES, { error: `takes at most ${MOST_TYPES} types: ["*"] is all of them.` })
    .meta({ description: 'The types of events to send; `*` is all of them.' }),
  album_id: text(
    MOST_CHARACTERS.album,
    `takes the id of an album as a text of at most ${MOST_CHARACTERS.album} characters, or null.`,
  )
    .nullable()
    .meta({ description: 'Only events of this album; null or absent: of every album.' }),
  thin: yesOrNo('Send ids only. False if it is not sent.'),
  ordered: yesOrNo(
    'Send one delivery after the other. False if it is not sent: then only those of one import come one after the other.',
  ),
  v1a: yesOrNo('Sign with a key of the endpoint (`v1a`), too. False if it is not sent.'),
};

export const EXAMPLE_SETTINGS = { url: URL, types: TYPES };
