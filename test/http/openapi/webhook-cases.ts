import { LogUnavailable } from '../../../src/events/errors.ts';
import { overloaded } from '../../../src/http/out/problem.ts';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { beginningOf } from '../../../src/subscribers/place.ts';
import { DeliveriesUnavailable } from '../../../src/subscribers/webhooks/delivery-store.ts';
import type { Json } from '../../support/described.ts';
import { ORGANIZATION } from '../../support/service.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { type Case, problem, success } from './case.ts';
import type { DescribedService } from './described-service.ts';
import { askWhileFailing, askWhileFollower } from './provoked.ts';

const SETTINGS = { url: 'https://hooks.example.com/in', types: ['*'] };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const OTHER_LOG = '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90';
const NONE = '00000000-0000-4000-8000-000000000000';

/** The operations on one webhook, with a body for which they succeed. */
const ON_ONE: readonly (readonly [id: string, body?: Json])[] = [
  ['showWebhook'],
  ['changeWebhook', {}],
  ['deleteWebhook'],
  ['rotateWebhookSecret'],
  ['recoverWebhook', { since: '2019-04-08T17:38:58Z' }],
  ['pingWebhook'],
  ['listDeliveries'],
  ['redeliver'],
];
const ALL: typeof ON_ONE = [['createWebhook', SETTINGS], ['listWebhooks'], ...ON_ONE];

const sent = (body: Json | undefined, headers: Record<string, string> = {}): RequestInit =>
  body === undefined ? { headers } : { headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) };

const disabled = async (service: DescribedService, ask: () => Promise<Response>) => {
  await service.ask('changeWebhook', sent({ enabled: false }));
  const answer = await ask();
  await service.ask('changeWebhook', sent({ enabled: true }));
  return answer;
};

const held = async (service: DescribedService, ask: () => Promise<Response>) => {
  service.webhooks.held.set(service.webhookId, 'its watermark is of another log.');
  const answer = await ask();
  service.webhooks.held.clear();
  return answer;
};

export const webhookCases: Case[] = [
  ...ALL.flatMap(([id, body]) => [
    problem(id, 403, 'album-not-allowed', 'the token is for some albums, and none is named', async (service) => {
      const token = await service.secretToken({ abilities: {} });
      return service.ask(id, sent(body, { Authorization: `Token ${token}` }));
    }),
    problem(id, 500, 'internal-error', 'the service has a fault', (service) =>
      askWhileFailing(service, id, service.services.authenticator, 'authenticate', new Error('a fault')),
    ),
    problem(id, 503, 'overloaded', 'its turn does not come', (service) =>
      askWhileFailing(service, id, service.services.limits.loop, 'begin', overloaded()),
    ),
  ]),
  ...ON_ONE.map(([id, body]) =>
    problem(id, 404, 'not-found', 'there is no such webhook', async (service) =>
      service.askOf(id, { id: NONE }, sent(body)),
    ),
  ),
  ...['createWebhook', 'changeWebhook', 'recoverWebhook'].flatMap((id) => [
    problem(id, 400, 'malformed-request', 'a member is not known', (service) => service.ask(id, sent({ surprise: 1 }))),
    problem(id, 413, 'body-too-large', 'the body has over 64 KiB', (service) =>
      service.ask(id, sent({ url: 'x'.repeat(65_536) })),
    ),
    problem(id, 415, 'unsupported-media-type', 'the body is no JSON', (service) =>
      service.ask(id, { headers: { 'Content-Type': 'text/plain' }, body: '{}' }),
    ),
  ]),

  success('createWebhook', 'it is new', (service) => service.ask('createWebhook', sent(SETTINGS)), [], 201),
  success(
    'createWebhook',
    'it is repeated',
    async (service) => {
      await service.ask('createWebhook', sent(SETTINGS, { 'Idempotency-Key': 'w' }));
      return service.ask('createWebhook', sent(SETTINGS, { 'Idempotency-Key': 'w' }));
    },
    ['Idempotent-Replayed'],
    201,
  ),
  problem('createWebhook', 409, 'conflict', 'there are 100', (service) => {
    const { readModel } = service.services;
    const list = async () => ({ items: Array.from({ length: 100 }), isLast: true });
    return whileInstead(readModel, { list: list as unknown as typeof readModel.list }, () =>
      service.ask('createWebhook', sent(SETTINGS)),
    );
  }),
  problem('createWebhook', 422, 'webhook-refused', 'the URL has no https', (service) =>
    service.ask('createWebhook', sent({ ...SETTINGS, url: 'http://hooks.example.com/in' })),
  ),
  problem('createWebhook', 422, 'idempotency-key-reused', 'the key was used for another', async (service) => {
    await service.ask('createWebhook', sent(SETTINGS, { 'Idempotency-Key': 'x' }));
    return service.ask('createWebhook', sent({ ...SETTINGS, thin: true }, { 'Idempotency-Key': 'x' }));
  }),
  problem('createWebhook', 503, 'log-unavailable', 'the log is away', (service) =>
    whileInstead(service.services.log, { append: () => Promise.reject(new LogUnavailable('test')) }, () =>
      service.ask('createWebhook', sent(SETTINGS)),
    ),
  ),

  success('listWebhooks', 'all are on the page', (service) => service.ask('listWebhooks')),
  success('listWebhooks', 'there are more', (service) => service.ask('listWebhooks', {}, '?limit=1'), ['Link']),
  {
    ...{ id: 'listWebhooks', status: 304, when: 'none has changed' },
    ask: (service) => service.askAgain('listWebhooks'),
  },
  problem('listWebhooks', 503, 'views-behind', 'the views are behind the log', (service) =>
    askWhileFollower(service, 'listWebhooks', { caughtUp: false }),
  ),
  success('showWebhook', 'it is there', (service) => service.ask('showWebhook')),
  success('showWebhook', 'it is held', (service) => held(service, () => service.ask('showWebhook'))),
  {
    ...{ id: 'showWebhook', status: 304, when: 'it has not changed' },
    ask: (service) => service.askAgain('showWebhook'),
  },
  problem('showWebhook', 503, 'deliveries-unavailable', 'the store of deliveries is away', (service) =>
    askWhileFailing(service, 'showWebhook', service.services.webhooks, 'heldReason', new DeliveriesUnavailable('test')),
  ),
  success('changeWebhook', 'nothing is to be changed', (service) => service.ask('changeWebhook', sent({}))),
  success('changeWebhook', 'it is disabled', (service) =>
    disabled(service, () => service.ask('changeWebhook', sent({ thin: true }))),
  ),
  problem('changeWebhook', 409, 'conflict', 'it is held', (service) =>
    held(service, () => service.ask('changeWebhook', sent({ enabled: true }))),
  ),
  problem('changeWebhook', 422, 'webhook-refused', 'the URL has no https', (service) =>
    service.ask('changeWebhook', sent({ url: 'http://hooks.example.com/in' })),
  ),
  {
    ...{ id: 'deleteWebhook', status: 204, when: 'it is there' },
    async ask(service) {
      const { id } = (await (await service.ask('createWebhook', sent(SETTINGS))).json()) as { id: string };
      return service.askOf('deleteWebhook', { id });
    },
  },
  success('rotateWebhookSecret', 'it is there', (service) => service.ask('rotateWebhookSecret')),
  success(
    'recoverWebhook',
    'a time is named',
    (service) => service.ask('recoverWebhook', sent(ON_ONE[4]?.[1])),
    [],
    202,
  ),
  problem('recoverWebhook', 409, 'conflict', 'it is disabled', (service) =>
    disabled(service, () => service.ask('recoverWebhook', sent(ON_ONE[4]?.[1]))),
  ),
  problem('recoverWebhook', 410, 'gone', 'the cursor is of another log', (service) => {
    const after = service.services.cursors.textOf(beginningOf({ id: OTHER_LOG }), ORGANIZATION);
    return service.ask('recoverWebhook', sent({ after }));
  }),
  success('pingWebhook', 'it is there', (service) => service.ask('pingWebhook')),
  problem('pingWebhook', 409, 'conflict', 'it is held', (service) => held(service, () => service.ask('pingWebhook'))),
  success('listDeliveries', 'all are on the page', (service) => service.ask('listDeliveries')),
  success('listDeliveries', 'there are more', (service) => service.ask('listDeliveries', {}, '?limit=1'), ['Link']),
  {
    ...{ id: 'listDeliveries', status: 304, when: 'none has changed' },
    ask: (service) => service.askAgain('listDeliveries'),
  },
  success('redeliver', 'it is there', (service) => service.ask('redeliver')),
  problem('redeliver', 404, 'not-found', 'there is no such delivery', (service) =>
    service.askOf('redeliver', { delivery: NONE }),
  ),
  problem('redeliver', 409, 'conflict', 'the webhook is disabled', (service) =>
    disabled(service, () => service.ask('redeliver')),
  ),

  success('webhookKeys', 'the webhook has a key', (service) => service.ask('webhookKeys')),
  problem('webhookKeys', 404, 'not-found', 'there is no such webhook', (service) =>
    service.askOf('webhookKeys', { id: NONE }),
  ),
  problem('webhookKeys', 500, 'internal-error', 'the service has a fault', (service) =>
    askWhileFailing(service, 'webhookKeys', service.services.readModel, 'get', new Error('a fault')),
  ),
  problem('webhookKeys', 503, 'read-model-unavailable', 'the read model is away', (service) =>
    askWhileFailing(service, 'webhookKeys', service.services.readModel, 'get', new ReadModelUnavailable('test')),
  ),
];
