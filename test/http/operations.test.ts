import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { operationsDecider, type RecordOperation } from '../../src/commands/operations.ts';
import { LogUnavailable } from '../../src/events/errors.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { newId } from '../../src/events/new-id.ts';
import { OPERATIONS_STREAM, streamName } from '../../src/events/streams.ts';
import { ReadModelUnavailable } from '../../src/projections/errors.ts';
import { VIEWS_VERSION } from '../../src/projections/views.ts';
import { releaseVersion } from '../../src/telemetry/release.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, UNREADABLE } from '../support/events.ts';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { recorded } from '../support/recorded.ts';
import { ORGANIZATION, OTHER_ORGANIZATION, OTHER_USER, testService, USER } from '../support/service.ts';
import { until } from '../support/until.ts';
import { whileInstead } from '../support/while-instead.ts';

const PATH = '/api/v1/operations';
const ROUTES = ['status', 'events', 'replay'];
const OPERATOR = '7e1f9d2c-3b4a-4c5d-9e6f-0a1b2c3d4e5f';
const SECRET = '6f1c1c26-6f8e-4f6b-9a0c-1a1a1a1a1a1a';

type Json = { [name: string]: unknown };

describeOnEachStores('for operators,', (stores) => {
  const service = testService(stores.env);
  let secret: string;
  const get = (route: string, authorization = service.authorization(OPERATOR), init: RequestInit = {}) =>
    service.request(`${PATH}/${route}`, { ...init, headers: { Authorization: authorization, ...init.headers } });
  const json = async <T = Json>(route: string) => {
    const answer = await get(route);
    expect(answer.status).to.equal(200);
    return (await answer.json()) as T;
  };
  const events = (query = '') => json<Json[]>(`events${query}`);
  const create = (user: string, body: string) => service.post(body, { 'X-Request-Id': `by-${user}` }, user);
  const record = (command: RecordOperation) =>
    service.service.services.execute(operationsDecider, OPERATIONS_STREAM, command, {
      operator: 'root',
      request_id: 'test',
    });
  const level = () => service.service.services.follower.whenLevel();

  before(async () => {
    await service.register(OPERATOR, '00000000-0000-4000-8000-000000000001', 'operator');
    secret = await service.issueSecret(SECRET, ORGANIZATION);
    await create(USER, 'album_id=<a>');
    await create(OTHER_USER, 'album_id=b');
    await create(USER, 'album_id=c');
    await level();
  });

  describe('the routes', () => {
    it('have the headers of every success, and none to cache them by', async () => {
      for (const route of ROUTES) {
        const { status, headers } = await get(route);
        expect(status, route).to.equal(200);
        expect(headers.get('cache-control')).to.equal('no-cache, no-store');
        expect(jwt.decode(headers.get('x-token') ?? '')).to.include({ user_id: OPERATOR });
        expect(headers.get('etag')).to.equal(null);
        const head = await get(route, undefined, { method: 'HEAD' });
        expect([head.status, await head.text(), head.headers.has('x-token')]).to.deep.equal([200, '', true]);
      }
    });

    it('give any other caller the answer of an unknown path', async () => {
      const answered = async (answer: Response) => {
        const { instance, request_id, ...problem } = (await answer.json()) as Json;
        expect(new URL(answer.url).pathname).to.equal(instance);
        const names = [...answer.headers.keys()].filter((name) => name !== 'content-encoding');
        return { status: answer.status, names, problem: JSON.stringify(problem) };
      };
      const expected = await answered(await get('none'));
      expect(expected.status).to.equal(404);
      const secretToken = `Token ${jwt.sign({ iss: SECRET, admin: true, role: 'operator' }, secret)}`;
      for (const route of [...ROUTES, 'events?since=nonsense']) {
        for (const authorization of [service.authorization(USER), secretToken]) {
          expect(await answered(await get(route, authorization)), route).to.deep.equal(expected);
        }
      }
    });

    it('need a token like the others', async () => {
      for (const route of ROUTES) {
        const { status, headers } = await get(route, 'Token nonsense');
        expect([status, headers.get('x-message')]).to.deep.equal([401, 'Access denied']);
      }
    });

    it('are closed to an operator who was removed', async () => {
      const user = newId();
      await service.register(user, ORGANIZATION, 'operator');
      expect((await get('status', service.authorization(user))).status).to.equal(200);
      await service.remove(user);
      const refused = async () => (await get('status', service.authorization(user))).status === 401;
      await until('the operator is refused', refused);
      await level();
    });
  });

  describe('the status', () => {
    const unknownIn = (status: Json) =>
      Object.keys(status).filter((name) => status[name] === null && name !== 'replay');

    it('has all values if all is well', async () => {
      const { log, readModel } = service.service.services;
      const [head, checkpoint] = [String(await log.head()), await readModel.checkpoint()];
      const { heartbeat_age_seconds, imports, ...status } = await json('status');
      expect(heartbeat_age_seconds).to.be.within(0, 10);
      expect(imports).to.have.all.keys('waiting', 'running', 'late', 'connections');
      expect(status).to.deep.equal({
        version: releaseVersion(),
        log_id: log.id,
        views_version: VIEWS_VERSION,
        views_versions: [String(VIEWS_VERSION)],
        log: 'ok',
        read_model: 'ok',
        projector: 'ok',
        head,
        position: head,
        lag_events: 0,
        lag_seconds: 0,
        events_set_aside: 0,
        generation: checkpoint?.generation,
        replay: null,
      });
    });

    it('counts the events that the views lack, and those in the quarantine', async () => {
      const { log, readModel } = service.service.services;
      const checkpoint = await readModel.checkpoint();
      const stream = streamName('import', newId());
      await log.append(stream, [newEvent(UNREADABLE), newEvent(IMPORT_REQUESTED)], 'no_stream');
      const behind = { checkpoint: async () => checkpoint };
      const { lag_events, lag_seconds } = await whileInstead(readModel, behind, () => json('status'));
      expect(lag_events).to.equal(2);
      // Not the age of the events, which happened in 2019.
      expect(lag_seconds).to.be.within(0, 10);
      await until('both are set aside', async () => (await json('status')).events_set_aside === 2);
    });

    it('is given while the log is away: it says why, and values that are unknown because of that are null', async () => {
      const { log } = service.service.services;
      const away = { head: () => Promise.reject(new LogUnavailable('the <test> says so')) };
      const status = await whileInstead(log, away, () => json('status'));
      expect(status).to.include({ log: 'The event log is unavailable: the <test> says so', read_model: 'ok' });
      expect(unknownIn(status)).to.have.members(['head', 'lag_events', 'lag_seconds']);
      await until('it is back', async () => (await json('status')).projector === 'ok');
    });

    it('is given while the read model is away in the same way', async () => {
      const { readModel } = service.service.services;
      const away = { checkpoint: () => Promise.reject(new ReadModelUnavailable('the <test> says so')) };
      const status = await whileInstead(readModel, away, () => json('status'));
      expect(status).to.include({ log: 'ok', read_model: 'The read model is unavailable: the <test> says so' });
      const unknown = ['position', 'lag_events', 'lag_seconds', 'events_set_aside', 'generation'];
      expect(unknownIn(status)).to.have.members(unknown);
      await until('it is back', async () => (await json('status')).projector === 'ok');
    });
  });

  describe('the events', () => {
    /** All pages, as answered. */
    async function pages(query: string): Promise<Json[][]> {
      const found: Json[][] = [];
      let path: string | undefined = `${PATH}/events${query}`;
      while (path !== undefined && found.length < 100) {
        const answer: Response = await service.request(path, {
          headers: { Authorization: service.authorization(OPERATOR) },
        });
        expect(answer.status).to.equal(200);
        found.push((await answer.json()) as Json[]);
        path = /^<(.+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
      }
      return found;
    }
    const idsOf = (all: readonly { readonly id?: unknown }[]) => all.map(({ id }) => id);

    it('are the whole events of every organization, oldest first', async () => {
      const all = await events();
      const inLog = await service.service.services.log.readAll(0n, 100);
      expect(idsOf(all)).to.deep.equal(idsOf(inLog));
      const imports = all.filter(({ type, problem }) => type === 'ImportRequested' && problem === null);
      expect(imports.map(({ organization_id }) => organization_id)).to.include.members([
        ORGANIZATION,
        OTHER_ORGANIZATION,
      ]);
      const [first] = imports;
      const { id, position, stream, occurred_at, data, metadata, ...rest } = first as Json;
      const { request_id } = rest;
      expect(request_id).to.match(/^[0-9a-f-]{36}$/);
      expect(rest).to.deep.equal({
        revision: 0,
        type: 'ImportRequested',
        organization_id: ORGANIZATION,
        user_id: USER,
        secret_id: null,
        operator: null,
        request_id,
        caller_request_id: `by-${USER}`,
        correlation_id: request_id,
        causation_id: request_id,
        problem: null,
      });
      const event = inLog.find((one) => one.id === id);
      expect([position, stream]).to.deep.equal([String(event?.position), event?.stream]);
      expect([data, metadata]).to.deep.equal([JSON.parse(event?.data ?? ''), JSON.parse(event?.metadata ?? '')]);
      expect(occurred_at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0[12]:00$/);
    });

    it('come once each, page by page', async () => {
      const all = idsOf(await events());
      for (const limit of [1, 3, all.length]) {
        const found = await pages(`?limit=${limit}`);
        expect(idsOf(found.flat())).to.deep.equal(all);
        expect(found).to.have.lengthOf(Math.ceil(all.length / limit));
      }
    });

    it('come once each for one stream, too, and only from that', async () => {
      for (const released of [1, 2, 3]) await record({ type: 'RetryQuarantine', released, waiting: 0, reason: null });
      const found = await pages(`?stream=${OPERATIONS_STREAM}&limit=2&type=QuarantineRetried`);
      expect(found.map((page) => page.map(({ data }) => (data as Json).released))).to.deep.equal([[1, 2], [3]]);
    });

    it('are those that all filters apply to', async () => {
      const all = await events();
      const isOfTests = ({ metadata }: Json) => (metadata as Json).occurred_at === METADATA.occurred_at;
      expect(all.filter(isOfTests)).to.have.lengthOf(2);
      const by = (name: string, value: unknown) => idsOf(all.filter((event) => event[name] === value));
      const [one] = all.filter(({ caller_request_id }) => caller_request_id === `by-${OTHER_USER}`);
      for (const [query, ids] of [
        ['type=UserRegistered', by('type', 'UserRegistered')],
        [`organization_id=${OTHER_ORGANIZATION.toUpperCase()}`, by('organization_id', OTHER_ORGANIZATION)],
        [`user_id=${OTHER_USER}`, by('user_id', OTHER_USER)],
        [`request_id=by-${USER}`, by('caller_request_id', `by-${USER}`)],
        [`request_id=${one?.request_id}`, [one?.id]],
        [`correlation_id=by-${USER}`, []],
        [`correlation_id=${one?.correlation_id}`, [one?.id]],
        [`type=ImportRequested&organization_id=${OTHER_ORGANIZATION}`, [one?.id]],
        [`type=UserRegistered&user_id=${OTHER_USER}`, []],
        [`stream=${one?.stream}`, [one?.id]],
        [`since=${one?.position}&until=@${one?.position}`, [one?.id]],
        ['since=2019-04-08&until=2019-04-08T17:38:58.041Z', idsOf(all.filter(isOfTests))],
        ['until=2001-01-01T00:00:00+01:00', []],
      ] as const) {
        expect(idsOf((await pages(`?${query}&limit=1`)).flat()), query).to.deep.equal(ids);
      }
    });

    it('are searched ten thousand at a time: a page may be empty although there is a next one', async () => {
      const many = Array.from({ length: 10_001 }, (_, index) =>
        recorded({ position: BigInt(index + 1), type: index < 10_000 ? 'Common' : 'Rare' }),
      );
      const log: Partial<EventLog> = {
        head: async () => 10_001n,
        async *follow(after) {
          yield many.filter(({ position }) => position > after);
        },
      };
      const found = await whileInstead(service.service.services.log, log, () => pages('?type=Rare'));
      expect(found.map(idsOf)).to.deep.equal([[], idsOf(many.slice(-1))]);
    });

    it('keep their filters from page to page', async () => {
      const found = await pages(`?type=ImportRequested&organization_id=${ORGANIZATION}&since=2020-01-01&limit=1`);
      expect(found.flat().map(({ organization_id }) => organization_id)).to.deep.equal([ORGANIZATION, ORGANIZATION]);
    });

    for (const [query, hint] of [
      [
        'stream=$users',
        /^stream takes the name of a stream: import-, user-, secret-, connection-, webhook- or access-/,
      ],
      ['organization_id=1', /^organization_id takes a UUID, such as /],
      ['user_id=1', /^user_id takes a UUID, such as /],
      ['since=soon', /^since takes a position of the log \(1200 or @1200\), or a time with its zone/],
      ['until=2026-02-30', /^until takes a position of the log/],
      ['limit=0', /^limit takes a whole number from 1 to 500\./],
      ['type[]=a', /^type takes one value: type=…/],
      ['cursor=nonsense', /^cursor is not one of ours: follow the Link header as it is/],
    ] as const) {
      it(`are refused for ${query} with a hint what to send`, async () => {
        const answer = await get(`events?${query}`);
        expect(answer.status).to.equal(400);
        expect(((await answer.json()) as Json).detail).to.match(hint);
      });
    }

    it('are refused for a cursor of another search', async () => {
      const link = (await get('events?limit=1')).headers.get('link') ?? '';
      const cursor = /cursor=([^&>]+)/.exec(link)?.[1];
      expect((await get(`events?cursor=${cursor}&stream=operations`)).status).to.equal(400);
    });

    it('are none after the end of the log', async () => {
      const cursor = Buffer.from(`position ${'9'.repeat(19)}`).toString('base64url');
      const answer = await get(`events?cursor=${cursor}`);
      expect([answer.status, await answer.text(), answer.headers.has('link')]).to.deep.equal([200, '[]', false]);
    });

    it('are JSON whatever callers sent, escaped as in the other answers', async () => {
      const hostile = { type: '</script>\u2028"\u0000\u001b[2J', data: { '__proto__\n': '<a>&\u202e' } };
      const stream = streamName('import', newId());
      await service.service.services.log.append(stream, [newEvent(hostile, { request_id: '<b>' })], 'no_stream');
      const text = await (await get(`events?stream=${stream}`)).text();
      expect(text).to.not.match(/[<>&\u2028\p{Cc}]/u);
      const [event] = JSON.parse(text) as Json[];
      expect(event).to.deep.include({ ...hostile, request_id: '<b>' });
      expect(event?.problem).to.match(/does not know the event type/);
    });
  });

  describe('the replay', () => {
    it('is null if none was run', async () => {
      expect(await json('replay')).to.deep.equal({ current: null, completed: [] });
    });

    it('is shown with its progress, before and after it is on record, and as discarded if that is on record', async () => {
      const { log, versions } = service.service.services;
      const generation = newId();
      const [first] = await log.readAll(0n, 1);
      const position = first?.position ?? expect.fail();
      const checkpoint = { log: log.id, position, generation, isFilled: false };
      const list = async () => [{ name: '8', bytes: 4_096, checkpoint, usedAt: null }];
      await whileInstead(versions, { list }, async () => {
        const head = await log.head();
        expect((await json<{ current: Json }>('replay')).current).to.deep.equal({
          id: generation,
          state: 'unfinished',
          reason: null,
          operator: null,
          started_at: null,
          position: String(position),
          head: String(head),
          share: Number(position) / Number(head),
        });
        await record({ type: 'StartReplay', replay_id: generation, reason: '<why>', generation });
        const { current } = await json<{ current: Json }>('replay');
        expect(current).to.include({ id: generation, reason: '<why>', operator: 'root', state: 'unfinished' });
        expect(current.started_at).to.match(/^\d{4}-.*\+0[12]:00$/);
        const { replay } = await json<{ replay: Json }>('status');
        expect(replay).to.deep.equal({ id: generation, position: String(position), share: current.share });
        await record({ type: 'DiscardReplay', replay_id: generation });
        expect((await json<{ current: Json }>('replay')).current).to.include({ id: generation, state: 'discarded' });
      });
      expect(await json('replay')).to.deep.equal({ current: null, completed: [] });
    });

    it('is shown among the newest ten completed ones, with its changes', async () => {
      const ids = Array.from({ length: 11 }, () => newId());
      for (const replay_id of ids) await record({ type: 'StartReplay', replay_id, reason: 'ticket 4711' });
      for (const [events, replay_id] of ids.entries()) {
        await record({ type: 'CompleteReplay', replay_id, events, changed: 1, added: 2, removed: 3 });
      }
      const { completed } = await json<{ completed: Json[] }>('replay');
      expect(completed.map(({ id }) => id)).to.deep.equal(ids.slice(1).reverse());
      const { started_at, completed_at, ...rest } = completed[0] as Json;
      expect(rest).to.deep.equal({
        id: ids[10],
        reason: 'ticket 4711',
        operator: 'root',
        events: 10,
        changed: 1,
        added: 2,
        removed: 3,
      });
      expect(String(started_at) <= String(completed_at)).to.equal(true);
    });

    it('is shown although operators did things that this release does not know', async () => {
      const { log } = service.service.services;
      await log.append(OPERATIONS_STREAM, [newEvent({ type: 'MoonPhased', data: {} })], 'any');
      expect((await json<{ completed: Json[] }>('replay')).completed).to.have.lengthOf(10);
    });
  });
});
