import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import { newId } from '../../../src/events/new-id.ts';
import { endOf } from '../../../src/subscribers/place.ts';
import { ALL_PUBLIC_EVENTS } from '../../../src/subscribers/public-events.ts';
import { markOf } from '../../../src/subscribers/webhooks/mark.ts';
import { ORGANIZATION, OTHER_USER, USER } from '../../support/service.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { SETTINGS, WebhookClient } from './webhook-client.ts';

describe('a webhook of the API', () => {
  const client = new WebhookClient();
  const services = () => client.service.service.services;
  const view = async (id: string) => (await services().readModel.get('webhook', id))?.view;
  const eventTypes = async (id: string) => (await services().log.readStream(`webhook-${id}`)).map(({ type }) => type);

  it('is registered from the end of the log on, and answered with its secret', async () => {
    const end = await endOf(services().log);
    const { status, body } = await client.ask('POST', '', SETTINGS);
    const { id, secret, watermark, created_at, ...others } = body;
    expect(status).to.equal(201);
    expect(others).to.deep.equal({
      ...{ organization_id: ORGANIZATION, ...SETTINGS, album_id: null, thin: false, ordered: false, v1a: false },
      ...{ status: 'enabled', reason: null, detail: null, public_keys: [], updated_at: created_at },
    });
    expect(created_at).to.match(/\+0[12]:00$/);
    expect(services().cursors.read(watermark as string)).to.deep.equal({ place: end, scope: ORGANIZATION });
    const stored = await view(id as string);
    expect(JSON.parse(stored?.watermark as string)).to.deep.equal(markOf(end, client.webhooks.service));
    expect(stored).to.include({ made_by: `user:${USER}`, sees: 'organization' });
    const headers = services().signer.headers(
      stored as NonNullable<typeof stored>,
      { id: 'm', timestampSeconds: (Date.now() / 1000) | 0, body: '{}' },
      Date.now(),
    );
    expect(new Webhook(secret as string).verify('{}', headers)).to.deep.equal({});
  });

  it('is shown without its secret', async () => {
    const id = await client.create();
    const shown = await client.ask('GET', `/${id}`);
    expect(shown.body).to.include({ id, status: 'enabled' }).and.not.to.have.property('secret');
    const listed = await client.ask('GET', '?limit=1');
    expect(listed.body).to.deep.equal([shown.body]);
  });

  it('leaves no trace of its secret in the log and the views', async () => {
    const { body } = await client.ask('POST', '', SETTINGS);
    const secret = (body.secret as string).slice('whsec_'.length);
    const events = await services().log.readStream(`webhook-${body.id}`);
    expect(JSON.stringify([events.map(({ data }) => data), await view(body.id as string)])).to.not.include(secret);
  });

  it('is the same for a repeated key, with its secret until that is rotated', async () => {
    const headers = { 'Idempotency-Key': newId() };
    const ask = (more: object = {}) => client.ask('POST', '', { ...SETTINGS, ...more }, USER, headers);
    const [first, again] = [await ask(), await ask({ thin: false })];
    expect([first.status, again.status]).to.deep.equal([201, 201]);
    expect(again.body).to.deep.equal(first.body);
    expect(again.headers.get('idempotent-replayed')).to.equal('true');
    expect((await ask({ thin: true })).status).to.equal(422);
    await client.ask('POST', `/${first.body.id}/rotate-secret`);
    const { secret, ...others } = (await ask()).body;
    expect(secret).to.equal(undefined);
    expect(others.id).to.equal(first.body.id);
    await client.ask('DELETE', `/${first.body.id}`);
    const afterwards = await ask();
    expect(afterwards.status).to.equal(422);
    expect(afterwards.body.detail).to.match(/was deleted.*Choose a new key/);
  });

  it('is one for many requests with one key at once', async () => {
    const headers = { 'Idempotency-Key': newId() };
    const all = await Promise.all(Array.from({ length: 8 }, () => client.ask('POST', '', SETTINGS, USER, headers)));
    expect(new Set(all.map(({ status }) => status))).to.deep.equal(new Set([201]));
    expect(new Set(all.map(({ body }) => body.id))).to.have.property('size', 1);
  });

  it('is changed setting by setting', async () => {
    const id = await client.create({ album_id: 'a' });
    const { status, body } = await client.ask('PATCH', `/${id}`, {
      types: ['*', ...SETTINGS.types],
      thin: true,
      album_id: null,
    });
    expect(status).to.equal(200);
    expect(body).to.deep.include({ types: ['*'], thin: true, album_id: null, url: SETTINGS.url });
    await client.ask('PATCH', `/${id}`, { thin: true });
    expect(await eventTypes(id)).to.deep.equal(['WebhookRegistered', 'WebhookChanged']);
  });

  it('is disabled and enabled, from the end of the log on, and says why meanwhile', async () => {
    const id = await client.create();
    const disabled = await client.ask('PATCH', `/${id}`, { enabled: false });
    expect(disabled.body).to.include({ status: 'disabled', reason: 'asked', detail: null });
    await client.service.post('album_id=missed');
    const end = await endOf(services().log);
    const enabled = await client.ask('PATCH', `/${id}`, { enabled: true });
    expect(enabled.body).to.include({ status: 'enabled', reason: null });
    expect(services().cursors.read(enabled.body.watermark as string)?.place).to.deep.equal(end);
    await client.ask('PATCH', `/${id}`, { enabled: true });
    expect(await eventTypes(id)).to.deep.equal(['WebhookRegistered', 'WebhookDisabled', 'WebhookEnabled']);
  });

  it('is gone after it was deleted', async () => {
    const id = await client.create();
    const deleted = await client.ask('DELETE', `/${id}`);
    expect(deleted.status).to.equal(204);
    expect(deleted.headers.get('x-token')).to.be.a('string');
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/ping'],
      ['GET', '/deliveries'],
    ] as const) {
      const json = method === 'PATCH' ? {} : undefined;
      expect((await client.ask(method, `/${id}${path}`, json)).status, `${method} ${path}`).to.equal(404);
    }
    const listed = (await client.ask('GET', '')).body as unknown as { id: string }[];
    expect(listed.map((one) => one.id)).to.not.include(id);
  });

  it('has a new secret after each rotation, and the one before for a day', async () => {
    const { body: first } = await client.ask('POST', '', { ...SETTINGS, v1a: true });
    const { status, body } = await client.ask('POST', `/${first.id}/rotate-secret`);
    expect(status).to.equal(200);
    expect(body.secret)
      .to.match(/^whsec_/)
      .and.not.equal(first.secret);
    expect(Date.parse(body.overlap_until as string) - Date.now()).to.be.within(86_390_000, 86_400_000);
    const keys = (await client.ask('GET', `/${first.id}`)).body.public_keys as string[];
    expect(keys).to.have.length(2);
    expect([keys[1]]).to.deep.equal(first.public_keys);
  });

  it('shows its public keys to anyone, and nothing else of it', async () => {
    const id = await client.create({ v1a: true });
    const at = (of: string) => fetch(`${client.service.url}/.well-known/webhook-keys/${of}.json`);
    const [key] = (await client.ask('GET', `/${id}`)).body.public_keys as string[];
    expect(await (await at(id)).json()).to.deep.equal({ keys: [{ key, until: null }] });
    for (const other of [await client.create(), newId(), 'x', '%E0']) {
      expect((await at(other)).status, other).to.be.oneOf([404, 400]);
    }
    await client.ask('DELETE', `/${id}`);
    expect((await at(id)).status).to.equal(404);
  });

  it('cannot be more than a hundred of an organization, those of others not counted', async () => {
    const readModel = services().readModel;
    const { list } = readModel;
    const asked: unknown[] = [];
    readModel.list = (async (...args: Parameters<typeof list>) => {
      asked.push(args[1]);
      return { items: Array.from({ length: 100 }), isLast: false };
    }) as unknown as typeof list;
    const { status, body } = await client.ask('POST', '', SETTINGS);
    readModel.list = list;
    expect(status).to.equal(409);
    expect(body.detail).to.match(/has 100 webhooks, which is the limit\. Delete one/);
    expect(asked).to.deep.equal([{ organizationId: ORGANIZATION, having: { is_deleted: 'no' }, limit: 100 }]);
  });

  it('cannot be more than a hundred, though many are registered at once', async () => {
    const [user, organization] = [randomUUID(), randomUUID()];
    await client.service.register(user, organization, 'member');
    const answers = await Promise.all(Array.from({ length: 120 }, () => client.ask('POST', '', SETTINGS, user)));
    const counted = (status: number) => answers.filter((answer) => answer.status === status).length;
    expect([counted(201), counted(409)]).to.deep.equal([100, 20]);
  });

  it('has its name looked up when it is its turn: eight names of an organization at once', async () => {
    let [looking, most] = [0, 0];
    const eight = Promise.withResolvers<void>();
    const refusalOf = async () => {
      looking += 1;
      most = Math.max(most, looking);
      if (looking === 8) eight.resolve();
      await eight.promise;
      await nextTurn();
      looking -= 1;
      return 'There is no such name.';
    };
    const answers = await whileInstead(services().webhooks, { refusalOf }, () =>
      Promise.all(Array.from({ length: 40 }, () => client.ask('POST', '', SETTINGS))),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(40).fill(422));
    expect(most).to.equal(8);
  });

  it('is listed a page at a time', async () => {
    const ids: string[] = [];
    const album_id = randomUUID();
    for (let made = 0; made < 3; made += 1) ids.unshift(await client.create({ album_id }, OTHER_USER));
    const found: string[] = [];
    let path: string | undefined = `?album_id=${album_id}&limit=2`;
    while (path !== undefined) {
      const { body, headers } = await client.ask('GET', path, undefined, OTHER_USER);
      found.push(...(body as unknown as { id: string }[]).map(({ id }) => id));
      path = /webhooks(\?[^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(found).to.deep.equal(ids);
  });

  describe('is refused', () => {
    const refusal = async (settings: unknown) => (await client.ask('POST', '', settings)).body.detail as string;

    it('with each member that is wrong named, and what is right', async () => {
      const detail = await refusal({ url: 1, types: [], thin: 'yes', album_id: 'x'.repeat(300) });
      expect(detail).to.include('url takes a URL of at most 2048 characters, such as "https://');
      expect(detail).to.include('types takes one type or more: ["*"] is all of them.');
      expect(detail).to.include('thin takes true or false.');
      expect(detail).to.include('album_id takes the id of an album');
      expect(await refusal({})).to.match(/url takes .*types takes/);
    });

    it('with the nearest name for a member that is not known', async () => {
      expect(await refusal({ ...SETTINGS, albumId: 'x' })).to.equal(
        '"albumId" is not known here. Did you mean album_id? The body takes url, types, album_id, thin, ordered, v1a.',
      );
      expect((await client.ask('POST', '?thin=true', SETTINGS)).body.detail).to.match(/takes no parameters/);
    });

    it('with the types that there are', async () => {
      const types = ALL_PUBLIC_EVENTS.map(({ name }) => `import-api.${name}`);
      const known = `${types.join(', ')}, or * for all`;
      expect(types).to.include.members(['import-api.import.requested', 'import-api.import.succeeded']);
      expect(await refusal({ ...SETTINGS, types: ['import.requested'] })).to.include(known);
      expect(await refusal({ ...SETTINGS, types: ['*', 'x'] })).to.include(known);
    });

    it('if the body is no JSON object', async () => {
      for (const [type, body, status] of [
        ['application/json', '[]', 400],
        ['application/json', '"x"', 400],
        ['application/json', '{', 400],
        ['application/json', '', 400],
        ['application/json', `{"url":"${'\u00ff'}`, 400],
        ['application/x-www-form-urlencoded', 'url=x', 415],
        ['text/plain', '{}', 415],
      ] as const) {
        const init = { method: 'POST', headers: { 'Content-Type': type }, body };
        expect((await client.service.request('/api/v1/webhooks', init)).status, `${type} ${body}`).to.equal(status);
      }
    });

    it('with what the check of addresses says', async () => {
      const { status, body } = await client.ask('POST', '', { ...SETTINGS, url: 'http://hooks.example.com' });
      expect([status, body.detail]).to.deep.equal([
        422,
        'Nothing may be sent to this url: the URL must begin with https://, not with http:.',
      ]);
      const id = await client.create();
      expect((await client.ask('PATCH', `/${id}`, { url: 'http://x' })).status).to.equal(422);
      expect(await eventTypes(id)).to.deep.equal(['WebhookRegistered']);
    });
  });
});

describe('the types of webhooks', () => {
  const client = new WebhookClient({ EVENT_TYPE_PREFIX: 'com.example' });

  it('have the prefix that is set', async () => {
    const types = ['com.example.import.requested', 'com.example.webhook.disabled'];
    const { body } = await client.ask('POST', '', { ...SETTINGS, types });
    expect(body.types).to.deep.equal(types);
    expect((await client.ask('POST', '', SETTINGS)).status).to.equal(400);
  });
});
