import { z } from 'zod';
import { fullType, type Naming } from '../cloud-event.ts';
import { PING } from '../webhooks/body.ts';

/** What deliveries to webhooks have besides the envelope. */

export const WATERMARK = z.string().meta({
  description:
    'The cursor before which everything was acknowledged or given up. With it, a subscriber can go over to the feed at any moment.',
});

export const DELIVERY_HEADERS = z.object({
  'webhook-id': z.string().meta({ description: 'The id of the event, or of the ping. It is the same with each try.' }),
  'webhook-timestamp': z.string().regex(/^\d+$/).meta({ description: 'When this try began: seconds since 1970.' }),
  'webhook-signature': z.string().meta({
    description:
      'One signature or more, with spaces between them: `v1,<base64>` by the secret, and if wished `v1a,<base64>` by the key of the endpoint.',
  }),
});

/** What a delivery to a thin endpoint leaves out. */
export const NOT_IN_THIN = { data: true, dataschema: true, datacontenttype: true } as const;

/** The schema of a ping. */
export function pingSchema(naming: Naming) {
  return z.object({
    specversion: z.literal('1.0'),
    id: z.uuid().meta({ description: 'The id of the ping.' }),
    source: z.literal(naming.origin),
    type: z.literal(fullType(naming, PING)),
    subject: z.uuid().meta({ description: 'The id of the webhook.' }),
    time: z.iso.datetime({ precision: 3 }).meta({ description: 'When it was sent: UTC, with milliseconds.' }),
    datacontenttype: z.literal('application/json'),
    watermark: WATERMARK,
    data: z.object({ id: z.uuid().meta({ description: 'The id of the webhook.' }) }),
  });
}

/** A ping as a receiver gets it, for the description. */
export function examplePing(naming: Naming): z.output<ReturnType<typeof pingSchema>> {
  const webhook = '0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b';
  return {
    specversion: '1.0',
    id: '0196b0a4-5a6f-7c1e-9a55-3c1d5e7f9b21',
    source: naming.origin,
    type: fullType(naming, PING),
    subject: webhook,
    time: '2019-04-08T17:38:58.041Z',
    datacontenttype: 'application/json',
    watermark: 'ATXQmc1v',
    data: { id: webhook },
  };
}
