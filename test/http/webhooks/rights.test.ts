import { expect } from 'chai';
import { newId } from '../../../src/events/new-id.ts';
import { ORGANIZATION, OTHER_ORGANIZATION, OTHER_USER, USER } from '../../support/service.ts';
import { OPERATOR, SETTINGS, WebhookClient } from './webhook-client.ts';

const NONE = newId();
const DELIVERY = newId();

/** Every request for one webhook. */
const REQUESTS = [
  ['GET', ''],
  ['PATCH', '', {}],
  ['DELETE', ''],
  ['POST', '/rotate-secret'],
  ['POST', '/recover', { since: '2019-04-08T17:38:58Z' }],
  ['POST', '/ping'],
  ['GET', '/deliveries'],
  ['POST', `/deliveries/${DELIVERY}/redeliver`],
] as const;

describe('the rights on webhooks', () => {
  const client = new WebhookClient();

  for (const [method, path, json] of REQUESTS) {
    it(`let another organization see no more than of one that does not exist: ${method} ${path || 'itself'}`, async () => {
      const others = await client.create({}, OTHER_USER);
      const asked = async (id: string) => {
        const { status, body } = await client.ask(method, `/${id}${path}`, json);
        const { instance, request_id, ...same } = body;
        return { status, ...same };
      };
      expect(await asked(others)).to.deep.equal(await asked(NONE));
      expect((await asked(others)).status).to.equal(404);
    });
  }

  it('let operators see those of every organization, which keeps them', async () => {
    const id = await client.create();
    expect((await client.ask('GET', `/${id}`, undefined, OPERATOR)).status).to.equal(200);
    await client.ask('PATCH', `/${id}`, { enabled: false }, OPERATOR);
    const events = await client.service.service.services.log.readStream(`webhook-${id}`);
    expect(JSON.parse(events.at(-1)?.metadata as string)).to.include({
      ...{ organization_id: ORGANIZATION, user_id: OPERATOR },
    });
    const list = async (as: string) => {
      const { body } = await client.ask('GET', `?organization_id=${ORGANIZATION}`, undefined, as);
      return (body as unknown as { id: string }[]).map((one) => one.id);
    };
    expect(await list(OPERATOR)).to.include(id);
    expect(await list(OTHER_USER)).to.deep.equal([]);
  });

  it('let only operators see what gets the events of every organization', async () => {
    const id = await client.create({}, OPERATOR);
    const { view } = (await client.service.service.services.readModel.get('webhook', id)) ?? {};
    expect(view).to.include({ sees: 'everything', organization_id: OTHER_ORGANIZATION });
    expect((await client.ask('GET', `/${id}`, undefined, OPERATOR)).status).to.equal(200);
    // A member of the same organization could let the events of all others be sent to them.
    expect((await client.ask('PATCH', `/${id}`, { url: 'https://mine.example.com' }, OTHER_USER)).status).to.equal(404);
    const listed = (await client.ask('GET', '', undefined, OTHER_USER)).body as unknown as { id: string }[];
    expect(listed.map((one) => one.id)).to.not.include(id);
  });

  it('are those of whoever chose its URL last: nobody stays by giving it a URL of their own before they are removed', async () => {
    const colleague = newId();
    await client.service.register(colleague, ORGANIZATION, 'member');
    const id = await client.create();
    const maker = async () => (await client.service.service.services.readModel.get('webhook', id))?.view.made_by;
    await client.ask('PATCH', `/${id}`, { types: ['*'] }, colleague);
    expect(await maker()).to.equal(`user:${USER}`);
    await client.ask('PATCH', `/${id}`, { url: 'https://mine.example.com/' }, colleague);
    await client.ask('PATCH', `/${id}`, { thin: true });
    expect(await maker()).to.equal(`user:${colleague}`);
  });

  describe('of a token for single albums', () => {
    it('are for webhooks of the album that it names', async () => {
      const album_id = newId();
      const token = await client.secretToken(album_id, 'b');
      const id = await client.create({ album_id }, token);
      const ofAll = await client.create();
      const status = async (path: string) => (await client.ask('GET', path, undefined, token)).status;
      expect(await status(`/${id}?album_id=${album_id}`)).to.equal(200);
      expect(await status(`/${id}?album_id=b`)).to.equal(404);
      expect(await status(`/${ofAll}?album_id=${album_id}`)).to.equal(404);
      for (const query of ['', '?album_id=c']) expect(await status(`/${id}${query}`), query).to.equal(403);
      for (const query of ['', '?album_id=c']) expect(await status(query), query).to.equal(403);
      const listed = (await client.ask('GET', `?album_id=${album_id}`, undefined, token)).body as unknown as object[];
      expect(listed.map((one) => (one as { id: string }).id)).to.deep.equal([id]);
    });

    it('do not let it register or move one where it may not act', async () => {
      const token = await client.secretToken('a', 'b');
      for (const settings of [{}, { album_id: null }, { album_id: 'c' }]) {
        expect((await client.ask('POST', '', { ...SETTINGS, ...settings }, token)).status).to.equal(403);
      }
      const id = await client.create({ album_id: 'a' }, token);
      const move = async (album_id: string | null) =>
        (await client.ask('PATCH', `/${id}?album_id=a`, { album_id }, token)).status;
      expect([await move(null), await move('c'), await move('b')]).to.deep.equal([403, 403, 200]);
    });

    it('let it repeat a request with its key', async () => {
      const token = await client.secretToken('a');
      const ask = () => client.ask('POST', '', { ...SETTINGS, album_id: 'a' }, token, { 'Idempotency-Key': 'k' });
      expect((await ask()).body).to.deep.equal((await ask()).body);
    });
  });

  it('are checked before a body is looked at', async () => {
    expect((await client.ask('GET', `/${await client.create({}, USER)}`, undefined, 'a.b.c')).status).to.equal(401);
  });
});
