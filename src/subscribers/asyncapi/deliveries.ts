import { z } from 'zod';

/** What deliveries to webhooks have besides the envelope. */

export const WATERMARK = z.string().meta({
  description:
    'The cursor before which everything was acknowledged or given up. With it, a subscriber can go over to the feed at any moment.',
});

export const DELIVERY_HEADERS = z.object({
  'webhook-id': z.string().meta({ description: 'The id of the event. It is the same with each try.' }),
  'webhook-timestamp': z.string().regex(/^\d+$/).meta({ description: 'When this try began: seconds since 1970.' }),
  'webhook-signature': z.string().meta({
    description:
      'One signature or more, with spaces between them: `v1,<base64>` by the secret, and if wished `v1a,<base64>` by the key of the endpoint.',
  }),
});
