import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import { OPERATIONS_STREAM, streamName } from '../../../src/events/streams.ts';
import { IMPORT_REQUESTED, METADATA, newEvent, UNREADABLE } from '../../support/events.ts';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { recorded } from '../../support/recorded.ts';
import { ORGANIZATION, OTHER_ORGANIZATION, OTHER_USER, USER } from '../../support/service.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { askedByOperators, type Json, OPERATOR, PATH } from './asked.ts';

describeOnEachStores('for operators, the events', (stores) => {
  const { service, get, json, record, level } = askedByOperators(stores.env);

  before(async () => {
    const stream = streamName('import', newId());
    await service.service.services.log.append(stream, [newEvent(UNREADABLE), newEvent(IMPORT_REQUESTED)], 'no_stream');
    await level();
  });

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
    const all = await json<Json[]>('events');
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
    const all = idsOf(await json<Json[]>('events'));
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
    const all = await json<Json[]>('events');
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
    ['stream=$users', /^stream takes the name of a stream: import-, user-, secret-, connection-, webhook- or access-/],
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
