import { type WebhookSettings, webhookDecider } from '../../src/commands/webhook.ts';
import { newId } from '../../src/events/new-id.ts';
import { streamName } from '../../src/events/streams.ts';
import type { Services } from '../../src/http/services.ts';
import type { WebhookView } from '../../src/projections/views.ts';
import { markOf } from '../../src/subscribers/webhooks/mark.ts';
import { ORGANIZATION, USER } from './service.ts';
import { until } from './until.ts';

type Parts = Pick<Services, 'execute' | 'feed' | 'log' | 'webhooks'>;

/** Registers a webhook, as the route does. It gets what comes from now on. */
export async function registerWebhook(
  { execute, feed, log, webhooks }: Parts,
  url: string,
  settings: Partial<WebhookSettings> = {},
): Promise<WebhookView> {
  const id = newId();
  // The feed may be behind the log by what an earlier test has appended.
  await until('the feed is level', async () => (await feed.end()).position >= (await log.head()));
  const { view } = await execute(
    webhookDecider,
    streamName('webhook', id),
    {
      type: 'RegisterWebhook',
      ...{ organization_id: ORGANIZATION, sees: 'organization', url, types: ['*'], album_id: null },
      ...{ thin: false, ordered: false, v1a: false, ...settings },
      watermark: markOf(await feed.end(), webhooks.service),
    },
    { organization_id: ORGANIZATION, user_id: USER, request_id: newId() },
  );
  return view?.view as WebhookView;
}
