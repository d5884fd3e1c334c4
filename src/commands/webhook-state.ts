import type { Stored } from '../projections/queries.ts';
import type { Known } from './execute.ts';
import type { WebhookState } from './webhook.ts';

/** The state of a webhook, known from its view: its stream gets a watermark once a minute, for years. */
export function knownWebhook(stored: Stored<'webhook'>): Known<WebhookState> {
  const { url, types, album_id, thin, ordered, v1a, status, sees, generation } = stored.view;
  const settings = {
    ...{ url, types: JSON.parse(types) as string[], album_id },
    ...{ thin: thin === 'yes', ordered: ordered === 'yes', v1a: v1a === 'yes' },
  };
  return { stored, state: { status, sees, settings, generation: Number(generation) } };
}
