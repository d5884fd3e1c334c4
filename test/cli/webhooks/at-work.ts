import { expect } from 'chai';
import { type WebhookSettings, webhookDecider } from '../../../src/commands/webhook.ts';
import { newId } from '../../../src/events/new-id.ts';
import { streamName } from '../../../src/events/streams.ts';
import { beginningOf } from '../../../src/subscribers/place.ts';
import { markOf } from '../../../src/subscribers/webhooks/mark.ts';
import { imports } from '../../support/imports.ts';
import { DOCUMENT_BODY, JWT_SECRET, ORGANIZATION, testService, USER } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';
import { registerWebhook } from '../../support/webhooks.ts';

/** The id of no webhook. */
export const NONE = '00000000-0000-4000-8000-000000000000';
export const ALL = ['--since', '1970-01-01'];

/** A service that sends webhooks, a receiver for each test, and `npx imports webhooks` beside them. */
export function webhooksAtWork() {
  const test = testService({ NODE_ENV: 'development' });
  let receiver: WebhookReceiver;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    receiver = await startWebhookReceiver();
    env = { NODE_ENV: 'development', JWT_SECRET, DATA_DIR: test.dataDir };
  });

  afterEach(() => receiver.stop());

  const run = (...args: string[]) => imports(env, 'webhooks', ...args);
  const json = async (...args: string[]) => {
    const { stdout, stderr } = await run(...args, '--json');
    expect(stderr, args.join(' ')).to.match(/^([\w ]+\.\n)?$/);
    return stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  };
  const show = async (id: string) => (await json('show', id))[0];
  const register = (settings: Partial<WebhookSettings> = {}) =>
    registerWebhook(test.service.services, receiver.url, settings);
  const eventsOf = (id: string) => test.service.services.log.readStream(streamName('webhook', id));

  /** Registers a webhook, and waits until it has a delivery of this status. */
  async function withDelivery(wanted: 'delivered' | 'waiting'): Promise<{ id: string; delivery: string }> {
    const { id } = await register();
    await test.post(DOCUMENT_BODY);
    const [delivery] = await until('it was tried', async () => {
      const found = await json('deliveries', id, '--status', wanted);
      return found[0]?.attempts.length > 0 && found;
    });
    return { id, delivery: delivery.id };
  }

  /** Registers a webhook whose watermark is of another installation. */
  async function held(): Promise<string> {
    const { execute, log } = test.service.services;
    const id = newId();
    const command = {
      ...({ type: 'RegisterWebhook', organization_id: ORGANIZATION, sees: 'organization', url: receiver.url } as const),
      ...{ types: ['*'], album_id: null, thin: false, ordered: false, v1a: false },
      watermark: markOf(beginningOf(log), 'another'),
    };
    const context = { organization_id: ORGANIZATION, user_id: USER, request_id: newId() };
    await execute(webhookDecider, streamName('webhook', id), command, context);
    return id;
  }

  return {
    ...{ test, run, json, show, register, eventsOf, withDelivery, held },
    get receiver() {
      return receiver;
    },
    get env() {
      return env;
    },
  };
}
