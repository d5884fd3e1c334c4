import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { WebhookView } from '../../../src/projections/views.ts';
import { beginningOf, endOf } from '../../../src/subscribers/place.ts';
import type { Delivery } from '../../../src/subscribers/webhooks/delivery-store.ts';
import { endpointOf } from '../../../src/subscribers/webhooks/endpoint.ts';
import { heldByWatermark } from '../../../src/subscribers/webhooks/held.ts';
import { markOf } from '../../../src/subscribers/webhooks/mark.ts';
import { delivery } from '../../support/fake-webhooks.ts';
import { ORGANIZATION, OTHER_ORGANIZATION } from '../../support/service.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { OPERATOR, WebhookClient } from './webhook-client.ts';

describe('what is asked of the sending of webhooks', () => {
  const client = new WebhookClient();
  const services = () => client.service.service.services;
  let id: string;

  beforeEach(async () => {
    id = await client.create();
  });

  afterEach(() => {
    client.webhooks.isOn = true;
    client.webhooks.held.clear();
  });

  const recovery = async () => {
    const view = (await services().readModel.get('webhook', id))?.view;
    const { after, rate } = JSON.parse(view?.recovery as string);
    return { after, rate };
  };

  it('is what came of a ping, even to one that is disabled', async () => {
    await client.ask('PATCH', `/${id}`, { enabled: false });
    const { status, body } = await client.ask('POST', `/${id}/ping`);
    expect(status).to.equal(200);
    expect(body).to.include({ type: 'import-api.webhook.ping', event_id: null, status: 'delivered' });
    expect(body.attempts).to.deep.equal([
      { at: '2026-11-01T13:00:01.000+01:00', ms: 31, status: 204, answer: null, failure: null },
    ]);
  });

  it('is refused while 16 pings and redeliveries of the organization are under way', async () => {
    const { webhooks } = services();
    const { promise, resolve } = Promise.withResolvers<Delivery>();
    const answers = await whileInstead(webhooks, { ping: () => promise }, async () => {
      const pings = Array.from({ length: 17 }, () => client.ask('POST', `/${id}/ping`));
      const first = await Promise.race(pings);
      const redelivered = await client.ask('POST', `/${id}/deliveries/${delivery(id, 1).id}/redeliver`);
      resolve(delivery(id, 1));
      await Promise.all(pings);
      return [first, redelivered];
    });
    for (const { status, body, headers } of answers) {
      expect([status, headers.get('retry-after')]).to.deep.equal([429, '1']);
      expect(body.detail).to.equal('Keep at most 16 pings and redeliveries of your organization under way at once.');
    }
  });

  it('is the deliveries, a page at a time, those of a status alone', async () => {
    const all = Array.from({ length: 5 }, (_, number) => delivery(id, number, number === 4 ? 'waiting' : 'delivered'));
    client.webhooks.ofEndpoints.push(...all);
    const found: string[] = [];
    let query: string | undefined = '?status=delivered&limit=3';
    while (query !== undefined) {
      const { body, headers } = await client.ask('GET', `/${id}/deliveries${query}`);
      found.push(...(body as unknown as { id: string }[]).map((one) => one.id));
      query = /deliveries(\?[^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(found).to.deep.equal([3, 2, 1, 0].map((number) => all[number]?.id));
    expect((await client.ask('GET', `/${id}/deliveries?status=lost`)).body.detail).to.match(
      /^status takes one of waiting/,
    );
    expect((await client.ask('GET', `/${id}/deliveries?limit=101`)).status).to.equal(400);
  });

  it('is one page of deliveries of the organization at a time, however many are asked for', async () => {
    let [reading, most] = [0, 0];
    const deliveries = async () => {
      reading += 1;
      most = Math.max(most, reading);
      await nextTurn();
      reading -= 1;
      return [delivery(id, 1)];
    };
    const answers = await whileInstead(services().webhooks, { deliveries }, () =>
      Promise.all(Array.from({ length: 20 }, () => client.ask('GET', `/${id}/deliveries`))),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(20).fill(200));
    expect(most).to.equal(1);
  });

  it('is a delivery again, but only of this webhook', async () => {
    const [own, others] = [delivery(id, 11), delivery(await client.create(), 12)];
    client.webhooks.ofEndpoints.push(own, others);
    const { body } = await client.ask('POST', `/${id}/deliveries/${own.id}/redeliver`);
    expect(body.attempts).to.have.length(2);
    for (const other of [others.id, randomUUID(), 'x']) {
      expect((await client.ask('POST', `/${id}/deliveries/${other}/redeliver`)).status).to.equal(404);
    }
  });

  it('is all since a time again', async () => {
    const { status, body } = await client.ask('POST', `/${id}/recover`, { since: '2019-04-08T19:38:58.041+02:00' });
    expect([status, body.id]).to.deep.equal([202, id]);
    const after = markOf(beginningOf(services().log), client.webhooks.service);
    expect(await recovery()).to.deep.equal({ after, rate: null });
  });

  it('is all after a cursor again, at a rate', async () => {
    const end = await endOf(services().log);
    const after = services().cursors.textOf(end, ORGANIZATION);
    expect((await client.ask('POST', `/${id}/recover`, { after, rate: 2.5 })).status).to.equal(202);
    expect(await recovery()).to.deep.equal({ after: markOf(end, client.webhooks.service), rate: 2.5 });
  });

  it('is either since or after, and a cursor of its own events', async () => {
    const place = await endOf(services().log);
    const cursorOf = (scope: string | null) => services().cursors.textOf(place, scope);
    const since = '2019-04-08T17:38:58Z';
    for (const [json, status, detail] of [
      [{}, 400, /either since, a time, or after/],
      [{ since, after: cursorOf(ORGANIZATION) }, 400, /either since/],
      [{ since: '2019-04-08' }, 400, /^since takes a time with its zone/],
      [{ since, rate: 0 }, 400, /^rate takes a number of deliveries a second/],
      [{ since, rate: '5' }, 400, /^rate takes/],
      [{ after: 'x' }, 400, /^after is no cursor of this service: send the cursor of an event, .* or since/],
      [{ after: cursorOf(OTHER_ORGANIZATION) }, 404, /no such cursor/],
      [{ after: cursorOf(null) }, 404, /no such cursor/],
      [
        { after: services().cursors.textOf({ ...place, position: place.position + 1n }, ORGANIZATION) },
        410,
        /since=<a time that lies safely before/,
      ],
    ] as const) {
      const { status: answered, body } = await client.ask('POST', `/${id}/recover`, json);
      expect(answered, JSON.stringify(json)).to.equal(status);
      expect(body.detail).to.match(detail);
    }
    const ofAll = await client.create({}, OPERATOR);
    const recovered = await client.ask('POST', `/${ofAll}/recover`, { after: cursorOf(null) }, OPERATOR);
    expect(recovered.status).to.equal(202);
  });

  it('is refused while the webhook is held, which says so', async () => {
    const view = (await services().readModel.get('webhook', id))?.view as WebhookView;
    const elsewhere = { log: services().log, service: 'another' };
    const why = heldByWatermark(endpointOf(view), elsewhere) as string;
    client.webhooks.held.set(id, why);
    expect((await client.ask('GET', `/${id}`)).body).to.include({ status: 'held', reason: null, detail: why });
    for (const [path, json] of [
      ['/ping'],
      ['/recover', { since: '2019-04-08T17:38:58Z' }],
      [`/deliveries/${randomUUID()}/redeliver`],
    ] as const) {
      const { status, body } = await client.ask('POST', `/${id}${path}`, json);
      expect(status, path).to.equal(409);
      expect(body.detail).to.equal(`The webhook is held. ${why}`);
      expect(body.detail).to.match(/restored or moved; an operator must say .* `npx imports webhooks enable`[^.]*\.$/);
    }
    await client.ask('PATCH', `/${id}`, { enabled: false });
    expect((await client.ask('PATCH', `/${id}`, { enabled: true })).status).to.equal(409);
    expect((await client.ask('DELETE', `/${id}`)).status).to.equal(204);
  });

  it('is refused where the webhook is disabled, if it would send events', async () => {
    await client.ask('PATCH', `/${id}`, { enabled: false });
    for (const [path, json] of [
      ['/recover', { since: '2019-04-08T17:38:58Z' }],
      [`/deliveries/${randomUUID()}/redeliver`],
    ] as const) {
      expect((await client.ask('POST', `/${id}${path}`, json)).body.detail).to.match(/is disabled.*enable it first/);
    }
  });

  it('is refused by a node that sends nothing', async () => {
    client.webhooks.isOn = false;
    expect((await client.ask('POST', `/${id}/ping`)).body.detail).to.include('WEBHOOKS=off');
  });
});
