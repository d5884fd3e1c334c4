import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { newId } from '../../src/events/new-id.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { IMPORTS, ORGANIZATION, OTHER_USER, testService, USER } from '../support/service.ts';

const COLLEAGUE = '5d0d8c1e-6a0f-4c1e-8d3e-2f6b5a4c3d2e';
const OPERATOR = '7e1f9d2c-3b4a-4c5d-9e6f-0a1b2c3d4e5f';
const SECRET = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';
const ALBUM = '5005800000HEXCtAAP';

type Event = { [name: string]: unknown };
/** The members that identify a person. */
const PERSONAL = [
  'user_id',
  'secret_id',
  'operator',
  'request_id',
  'caller_request_id',
  'correlation_id',
  'causation_id',
];

describe('GET /api/v1/imports/:id/events', () => {
  const service = testService();
  let secret: string;
  let import_: { id: string; created_at: string };
  const get = (id: string, authorization = service.authorization(), headers: Record<string, string> = {}) =>
    service.request(`${IMPORTS}/${id}/events`, { headers: { Authorization: authorization, ...headers } });
  const events = async (authorization?: string, id = import_.id) => {
    const answer = await get(id, authorization);
    expect(answer.status).to.equal(200);
    return (await answer.json()) as Event[];
  };
  const secretToken = (claims: object) => `Token ${jwt.sign({ iss: SECRET, ...claims }, secret)}`;
  /** Appends events that no route can cause yet to a new import. */
  const imported = async (...all: ReturnType<typeof newEvent>[]) => {
    const id = newId();
    await service.service.services.log.append(`import-${id}`, all, 'no_stream');
    return id;
  };
  const personal = (event: Event | undefined) => PERSONAL.map((name) => event?.[name]);
  const nothing = PERSONAL.map(() => null);

  before(async () => {
    await service.register(COLLEAGUE, ORGANIZATION);
    await service.register(OPERATOR, '00000000-0000-4000-8000-000000000001', 'operator');
    secret = await service.issueSecret(SECRET, ORGANIZATION);
    const answer = await service.post(`album_id=${ALBUM}&filename=<a>`, { 'X-Request-Id': 'the-request' });
    import_ = (await answer.json()) as typeof import_;
  });

  it('has the caller’s own events in full, with their changes', async () => {
    const [event, ...others] = await events();
    expect(others).to.deep.equal([]);
    const { id, data, changes, ...rest } = event as Event & { data: Event; changes: Event[] };
    const { request_id } = rest;
    expect(request_id).to.match(/^[0-9a-f-]{36}$/);
    expect(rest).to.deep.equal({
      type: 'ImportRequested',
      revision: 0,
      position: null,
      occurred_at: import_.created_at,
      organization_id: ORGANIZATION,
      user_id: USER,
      secret_id: null,
      operator: null,
      request_id,
      caller_request_id: 'the-request',
      correlation_id: request_id,
      causation_id: request_id,
      problem: null,
    });
    expect(id).to.match(/^[0-9a-f-]{36}$/);
    expect(data).to.include({ album_id: ALBUM });
    const shown = (await (await service.request(`${IMPORTS}/${import_.id}`)).json()) as Event;
    const status = {
      ...{ status: 'waiting', attempts: 0, reason: null, detail: null, started_at: null, ended_at: null },
    };
    expect(Object.fromEntries(changes.map(({ field, after }) => [field, after]))).to.deep.equal({
      ...shown,
      ...status,
    });
    expect(changes.map(({ before }) => before)).to.deep.equal(changes.map(() => null));
  });

  it('hides only the caller who caused an event from their colleagues', async () => {
    for (const authorization of [service.authorization(COLLEAGUE), secretToken({ admin: true })]) {
      const [event] = await events(authorization);
      expect(personal(event)).to.deep.equal(nothing);
      const [own] = await events();
      expect(event).to.deep.equal({ ...own, ...Object.fromEntries(PERSONAL.map((name) => [name, null])) });
      expect(JSON.stringify(event)).to.not.contain('the-request');
    }
  });

  it('shows the events of a secret’s tokens to that secret', async () => {
    const id = await imported(newEvent(IMPORT_REQUESTED, { user_id: undefined, secret_id: SECRET }));
    expect((await events(secretToken({ admin: true }), id))[0]).to.include({ secret_id: SECRET });
    expect(personal((await events(undefined, id))[0])).to.deep.equal(nothing);
  });

  it('hides operators from callers, even if an event names a caller as well', async () => {
    const id = await imported(newEvent(IMPORT_REQUESTED, { operator: 'root' }));
    expect(personal((await events(undefined, id))[0])).to.deep.equal(nothing);
  });

  it('shows operators all events of any organization', async () => {
    const [event] = await events(service.authorization(OPERATOR));
    expect(event).to.include({ user_id: USER, caller_request_id: 'the-request' });
    expect(event?.position).to.match(/^[1-9]\d*$/);
    const id = await imported(newEvent(IMPORT_REQUESTED, { operator: 'root', user_id: undefined }));
    expect((await events(service.authorization(OPERATOR), id))[0]).to.include({ operator: 'root' });
  });

  it('shows a newly registered member only what members see', async () => {
    const user = newId();
    await service.register(user, ORGANIZATION, 'member');
    expect((await events(service.authorization(user)))[0]).to.include({ user_id: null, position: null });
  });

  it('marks an event that this release cannot read, and shows its data only to its caller and to operators', async () => {
    const unknown = { type: 'ImportPolished', data: { by: 'a person' } };
    const id = await imported(newEvent(IMPORT_REQUESTED), newEvent(unknown, { user_id: COLLEAGUE }));
    const second = async (user?: string) => (await events(service.authorization(user), id))[1];
    expect(await second()).to.deep.include({ type: 'ImportPolished', data: null, changes: [] });
    expect((await second())?.problem).to.match(/does not know the event type "ImportPolished"/);
    for (const user of [COLLEAGUE, OPERATOR]) expect(await second(user)).to.deep.include({ data: { by: 'a person' } });
  });

  it('shows an import of which nothing can be read to its organization', async () => {
    const id = await imported(newEvent({ type: 'ImportDreamt', data: {} }));
    expect(await events(undefined, id)).to.have.lengthOf(1);
    expect((await get(id, service.authorization(OTHER_USER))).status).to.equal(404);
    expect(
      (await get(id, secretToken({ abilities: { [ALBUM]: { Access: { image_upload: true } } } }))).status,
    ).to.equal(404);
  });

  it('shows what became of an import, and only operators who works on it and what they say of it', async () => {
    const deadline = '2019-04-08T17:40:58.041Z';
    const call = { request: 'GET https://h/x', status: 404, error: null, at: deadline, ms: 5 };
    const ofAll = { album_id: ALBUM, attempt: 1 };
    const failed = { ...ofAll, reason: 'source_not_found', detail: '404', calls: [call] };
    const id = await imported(
      newEvent(IMPORT_REQUESTED),
      newEvent({ type: 'ImportStarted', data: { ...ofAll, worker: 'w', deadline } }, { user_id: undefined }),
      newEvent({ type: 'ImportFailed', data: failed }, { user_id: undefined }),
      newEvent(
        { type: 'ImportRetryRequested', data: { album_id: ALBUM, reason: 'they called' } },
        { user_id: undefined, operator: 'root' },
      ),
    );
    const [, started, ended, again] = (await events(undefined, id)) as (Event & { changes: Event[] })[];
    expect(started?.data).to.deep.equal({ ...ofAll, worker: null, deadline });
    expect(ended?.data).to.deep.equal(failed);
    expect(again?.data).to.deep.equal({ album_id: ALBUM, reason: null });
    expect(started?.changes).to.deep.equal([
      { field: 'status', before: 'waiting', after: 'running' },
      { field: 'attempts', before: 0, after: 1 },
      { field: 'started_at', before: null, after: started?.occurred_at },
    ]);
    expect(ended?.changes.map(({ field }) => field)).to.deep.equal(['status', 'reason', 'detail', 'ended_at']);
    const [, toOperators, , byOperator] = (await events(service.authorization(OPERATOR), id)) as (Event & {
      changes: Event[];
    })[];
    expect(toOperators?.data).to.deep.equal({ ...ofAll, worker: 'w', deadline });
    expect(toOperators?.changes).to.deep.include({ field: 'worker', before: null, after: 'w' });
    expect(byOperator?.data).to.deep.equal({ album_id: ALBUM, reason: 'they called' });
  });

  it('accepts a token for some albums for those albums only', async () => {
    const token = (album: string) => secretToken({ abilities: { [album]: { Access: { image_upload: true } } } });
    expect((await get(import_.id, token(ALBUM))).status).to.equal(200);
    expect((await get(import_.id, token('another'))).status).to.equal(404);
  });

  it("answers the same 404 for another organization's import, an unknown id and text that is no id, as the import itself does", async () => {
    const problemOf = async (answer: Response) => {
      expect(answer.status).to.equal(404);
      const { instance, request_id, ...problem } = (await answer.json()) as Event;
      return problem;
    };
    const none = '00000000-0000-4000-8000-000000000000';
    const expected = await problemOf(await service.request(`${IMPORTS}/${none}`));
    for (const [id, user] of [
      [import_.id, OTHER_USER],
      [none, USER],
      [none, OPERATOR],
      ['nonsense', USER],
      ['%ff', USER],
    ] as const) {
      const headers = { Authorization: service.authorization(user) };
      for (const rest of ['', '/events']) {
        expect(await problemOf(await service.request(`${IMPORTS}/${id}${rest}`, { headers }))).to.deep.equal(expected);
      }
    }
  });

  it('has a tag that depends on what the caller may see', async () => {
    const tagFor = async (user: string) =>
      (await get(import_.id, service.authorization(user))).headers.get('etag') ?? '';
    const tags = [await tagFor(USER), await tagFor(COLLEAGUE), await tagFor(OPERATOR)];
    expect(new Set(tags).size).to.equal(3);
    const known = (tag = '') => get(import_.id, service.authorization(), { 'If-None-Match': tag });
    const [own, another] = [await known(tags[0]), await known(tags[2])];
    expect([own.status, await own.text(), own.headers.has('x-token'), another.status]).to.deep.equal([
      304,
      '',
      true,
      200,
    ]);
  });

  it('escapes the same characters within text as other answers', async () => {
    const text = await (await get(import_.id)).text();
    expect(text).to.contain('"filename":"\\u003ca\\u003e"').and.not.contain('<');
  });
});
