import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { importIdFor } from '../../src/commands/import-id.ts';
import { newEvent } from '../support/events.ts';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import {
  DOCUMENT_BODY,
  FORM,
  IMPORTS,
  JWT_SECRET,
  ORGANIZATION,
  OTHER_ORGANIZATION,
  OTHER_USER,
  testService,
  USER,
} from '../support/service.ts';
import { until } from '../support/until.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

describeOnEachStores('POST /api/v1/imports', (stores) => {
  const service = testService(stores.env);
  const events = async () => service.service.services.log.readAll(0n, 10_000);

  it('appends one ImportRequested with the caller, the organization, the time and the request', async () => {
    const answer = await service.post(DOCUMENT_BODY, { 'X-Request-Id': 'the-request/' });
    expect(answer.headers.get('x-request-id')).to.equal('the-request');
    const { id, organization_id, created_at } = (await answer.json()) as Record<string, string>;
    const event = (await events()).at(-1);
    expect(event).to.include({ stream: `import-${id}`, revision: 0, type: 'ImportRequested' });
    const metadata = JSON.parse(event?.metadata ?? '') as Record<string, unknown>;
    const { request_id } = metadata;
    expect(request_id).to.match(/^[0-9a-f-]{36}$/);
    expect(metadata).to.deep.equal({
      occurred_at: new Date(created_at as string).toISOString(),
      organization_id,
      user_id: 'f1900bba-e339-4dc9-87df-9dc8665adead',
      address: '127.0.0.1',
      request_id,
      caller_request_id: 'the-request',
      log: service.service.services.log.id,
      schema_version: 1,
      $correlationId: request_id,
      $causationId: request_id,
    });
  });

  it('has the id of the event’s request on the answer if the caller sent none, and one of its own for each request', async () => {
    const metadataAfter = async (headers: Record<string, string>) => {
      const answer = await service.post(DOCUMENT_BODY, headers);
      const { request_id, $correlationId } = JSON.parse((await events()).at(-1)?.metadata ?? '');
      return { answered: answer.headers.get('x-request-id'), request_id, $correlationId };
    };
    const { answered, request_id } = await metadataAfter({});
    expect(answered).to.equal(request_id);
    const [one, other] = [
      await metadataAfter({ 'X-Request-Id': 'same' }),
      await metadataAfter({ 'X-Request-Id': 'same' }),
    ];
    expect([one.answered, other.answered]).to.deep.equal(['same', 'same']);
    expect(one.$correlationId).to.not.equal(other.$correlationId);
  });

  it('records the address of the caller and the jti of the token, unless that is long, and never the token', async () => {
    for (const [jti, token_id] of [
      ['token-7', 'token-7'],
      ['j'.repeat(101), undefined],
      [7, '7'],
      [{}, undefined],
    ]) {
      const claims = { user_id: USER, exp: Math.floor(Date.now() / 1000) + 60, ...(jti !== undefined && { jti }) };
      const token = jwt.sign(claims, JWT_SECRET);
      const answer = await service.post(DOCUMENT_BODY, { Authorization: `Token ${token}` });
      expect(answer.status).to.equal(200);
      const { metadata } = (await events()).at(-1) as { metadata: string };
      expect(JSON.parse(metadata)).to.include({ address: '127.0.0.1' });
      expect((JSON.parse(metadata) as Record<string, unknown>).token_id).to.equal(token_id);
      expect(metadata).to.not.contain(token.split('.')[2]);
    }
  });

  it('without any parameter records an import without type and album', async () => {
    const answer = (await (await service.post('')).json()) as Record<string, unknown>;
    expect([answer.import_type, answer.album_id]).to.deep.equal([null, null]);
    expect(answer.params).to.deep.equal({ controller: 'api/v1/imports', action: 'create' });
  });

  it('echoes JSON numbers as they were sent', async () => {
    const body = '{"a":12345678901234567890,"b":1.0,"c":[1e-400,-0],"album_id":9007199254740993}';
    const text = await (await service.post(body, JSON_TYPE)).text();
    expect(text).to.contain('"params":{"a":12345678901234567890,"b":1.0,"c":[1e-400,-0],"album_id":9007199254740993,');
    expect(text).to.contain('"album_id":"9007199254740993","params"');
    const { id } = JSON.parse(text) as { id: string };
    expect(await (await service.request(`${IMPORTS}/${id}`)).text()).to.equal(text);
  });

  it('takes numbers and booleans of album_id as Rails casts them, and lists and objects as none', async () => {
    for (const [sent, album] of [
      ['12', '12'],
      ['1.50', '1.50'],
      ['true', 't'],
      ['false', 'f'],
      ['[1]', null],
      ['{"a":1}', null],
      ['null', null],
      ['""', ''],
    ] as const) {
      const answer = (await (await service.post(`{"album_id":${sent}}`, JSON_TYPE)).json()) as { album_id: unknown };
      expect(answer.album_id, sent).to.equal(album);
    }
  });

  it('escapes < > & and the line separators in JSON strings', async () => {
    const text = await (await service.post('a=%3Cb%3E%26%E2%80%A8%E2%80%A9&album_id=%3C')).text();
    expect(text).to.contain('"a":"\\u003cb\\u003e\\u0026\\u2028\\u2029"');
    expect(text).to.contain('"album_id":"\\u003c"');
  });

  for (const [accepted, isZipped] of [
    ['gzip', true],
    ['gzip;q=0, br', false],
  ] as const) {
    it(`answers ${isZipped ? 'with' : 'without'} gzip to a caller who sends Accept-Encoding: ${accepted}`, async () => {
      const lines = [`Content-Type: ${FORM}`, `Accept-Encoding: ${accepted}`];
      const { headers, body } = await service.send(`POST ${IMPORTS}`, lines, DOCUMENT_BODY);
      expect(new Map(headers).get('Content-Encoding')).to.equal(isZipped ? 'gzip' : undefined);
      expect((isZipped ? gunzipSync(body) : body).length).to.equal(509);
      if (isZipped) expect(body.length).to.be.below(509);
    });
  }

  describe('with an Idempotency-Key', () => {
    const keyed = (key: string, body = DOCUMENT_BODY, user?: string) =>
      service.post(body, { 'Idempotency-Key': key }, user);

    it('gives one event and 64 equal bodies for 64 requests at once', async () => {
      const before = (await events()).length;
      const answers = await Promise.all(Array.from({ length: 64 }, () => keyed('at-once')));
      const bodies = await Promise.all(answers.map((answer) => answer.text()));
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
      expect(new Set(bodies).size).to.equal(1);
      expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).to.have.length(63);
      expect((await events()).length).to.equal(before + 1);
    });

    it('gives the first body for a repeat, even if an event that only a newer release knows is before it', async () => {
      const stream = `import-${importIdFor(`user:${USER} of ${ORGANIZATION}`, 'newer')}`;
      const newer = newEvent({ type: 'ImportForeseen', data: {} });
      await service.service.services.log.append(stream, [newer], 'no_stream');
      const first = await keyed('newer');
      const again = await keyed('newer');
      expect([first.status, again.status]).to.deep.equal([200, 200]);
      expect(await again.text()).to.equal(await first.text());
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      expect((await events()).at(-1)).to.include({ stream, revision: 1 });
    });

    it('gives the first body for a repeat with its members in another order', async () => {
      const json = (body: string) => service.post(body, { ...JSON_TYPE, 'Idempotency-Key': 'reordered' });
      const first = await (await json('{"a":{"b":1,"c":[1.0]},"d":2}')).text();
      const again = await json('{"d":2,"a":{"c":[1.0],"b":1}}');
      expect(await again.text()).to.equal(first);
      expect(again.headers.get('idempotent-replayed')).to.equal('true');
      expect((await json('{"d":2,"a":{"c":[1],"b":1}}')).status).to.equal(422);
    });

    it('gives 422 for another request and records nothing', async () => {
      await keyed('reused');
      const before = (await events()).length;
      const answer = await keyed('reused', 'filename=another.jpg');
      expect(answer.status).to.equal(422);
      expect(await answer.json()).to.include({ type: 'urn:import-api:problem:idempotency-key-reused' });
      expect((await events()).length).to.equal(before);
    });

    it('gives another import for the same key of another caller', async () => {
      const mine = (await (await keyed('shared')).json()) as { id: string };
      const theirs = (await (await keyed('shared', DOCUMENT_BODY, OTHER_USER)).json()) as { id: string };
      expect(theirs.id).to.not.equal(mine.id);
    });

    it('gives another import after the caller has moved to another organization', async () => {
      const user = 'cf1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
      await service.register(user, ORGANIZATION);
      const before = (await (await keyed('moved', DOCUMENT_BODY, user)).json()) as { id: string };
      await service.remove(user);
      await service.register(user, OTHER_ORGANIZATION);
      await until('the move is known', async () => {
        const answer = await keyed('moved', DOCUMENT_BODY, user);
        const { id, organization_id } = (await answer.json()) as Record<string, string>;
        return organization_id === OTHER_ORGANIZATION && id !== before.id;
      });
    });
  });
});
