import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { Cursors } from '../../../../src/subscribers/cursor.ts';
import { Keys } from '../../../../src/tokens/keys.ts';
import { IMPORT_REQUESTED, newEvent } from '../../../support/events.ts';
import { allPages, appendImports, EVENTS, readPage } from '../../../support/feed.ts';
import { describeOnEachStores } from '../../../support/for-each-stores.ts';
import { ORGANIZATION, OTHER_ORGANIZATION, OTHER_USER, testService } from '../../../support/service.ts';
import { until } from '../../../support/until.ts';

const OPERATOR = '7e1f9d2c-3b4a-4c5d-9e6f-0a1b2c3d4e5f';
const idOf = async (answer: Promise<Response>) => ((await (await answer).json()) as { id: string }).id;

describeOnEachStores('a page of the feed', (stores) => {
  const service = testService(() => stores.env());
  const posted: string[] = [];
  const others: string[] = [];
  const problem = async (query: string, headers: Record<string, string> = {}) => {
    const answer = await service.request(`${EVENTS}${query}`, { headers });
    return { status: answer.status, detail: ((await answer.json()) as { detail: string }).detail };
  };
  const subjects = (events: readonly { subject: string }[]) => events.map(({ subject }) => subject);

  before(async () => {
    await service.register(OPERATOR, ORGANIZATION, 'operator');
    for (let number = 0; number < 12; number += 1) {
      const body = `album_id=${number % 3 === 0 ? 'a' : 'b'}&filename=${number}`;
      posted.push(await idOf(service.post(body)));
      if (number % 2 === 0) others.push(await idOf(service.post(body, {}, OTHER_USER)));
    }
    const { log, feed } = service.service.services;
    await until('the feed has them', async () => (await feed.end()).position >= (await log.head()));
  });

  it('has the events of the organization in order, as CloudEvents', async () => {
    const { headers, events } = await readPage(service);
    expect(subjects(events)).to.deep.equal(posted);
    expect(headers.get('content-type')).to.equal('application/cloudevents-batch+json');
    expect(headers.get('x-token')).to.be.a('string');
    expect(events[0]).to.deep.include({
      specversion: '1.0',
      type: 'import-api.import.requested',
      subject: posted[0],
      sequence: '0',
      datacontenttype: 'application/json',
    });
    expect(events[0]?.data).to.include({ id: posted[0], organization_id: ORGANIZATION, album_id: 'a' });
  });

  it('follows another without gap or repeat, and a link without news keeps its cursor', async () => {
    for (const limit of [1, 5, 12, 500]) {
      expect(subjects(await allPages(service, `?limit=${limit}`))).to.deep.equal(posted);
    }
    const end = await readPage(service, (await readPage(service, '?limit=500')).next);
    expect(end.events).to.deep.equal([]);
    const more = await idOf(service.post('album_id=b'));
    posted.push(more);
    const found = await until('it has come', async () => {
      const { events } = await readPage(service, end.next);
      return events.length > 0 && events;
    });
    expect(subjects(found)).to.deep.equal([more]);
  });

  it('keeps its filters and its limit in the link', async () => {
    const { next } = await readPage(service, '?limit=2&album_id=a&type=import-api.import.requested');
    const query = Object.fromEntries(new URL(next).searchParams);
    expect(query).to.include({ limit: '2', album_id: 'a', type: 'import-api.import.requested' });
    expect(subjects(await allPages(service, '?limit=2&album_id=a'))).to.deep.equal(
      posted.slice(0, 12).filter((_, index) => index % 3 === 0),
    );
  });

  it('begins after the cursor of any event', async () => {
    const { events } = await readPage(service);
    for (const [index, { cursor }] of events.entries()) {
      expect(subjects((await readPage(service, `?after=${cursor}`)).events)).to.deep.equal(posted.slice(index + 1));
    }
  });

  it('of one subject reads its own stream', async () => {
    const { log } = service.service.services;
    const { readAll } = log;
    log.readAll = () => Promise.reject(new Error('the whole log is read'));
    const pages = [posted[3], (posted[4] as string).toUpperCase()].map((id) => allPages(service, `?subject=${id}`));
    const found = await Promise.all(pages).finally(() => {
      log.readAll = readAll;
    });
    expect(found.map(subjects)).to.deep.equal([[posted[3]], [posted[4]]]);
    expect(await allPages(service, `?subject=${others[0]}`)).to.deep.equal([]);
    expect(await allPages(service, `?subject=${randomUUID()}`)).to.deep.equal([]);
  });

  it('of a type has that type alone', async () => {
    expect(await allPages(service, '?type=import-api.webhook.disabled')).to.deep.equal([]);
    const both = '?type=import-api.webhook.disabled,%20import-api.import.requested';
    expect(subjects(await allPages(service, both))).to.deep.equal(posted);
  });

  it('since a time begins at or before the first event of that time', async () => {
    const { events } = await readPage(service, '?limit=500');
    const times = events.map((event) => (event as unknown as { time: string }).time);
    for (const [index, time] of times.entries()) {
      const { events: since } = await readPage(service, `?limit=500&since=${time}`);
      expect(subjects(since)).to.include.members(posted.slice(index));
    }
    expect((await readPage(service, '?since=2100-01-01')).events).to.deep.equal([]);
    expect(subjects((await readPage(service, '?limit=500&since=2000-01-01T00:00:00+02:00')).events)).to.deep.equal(
      posted,
    );
  });

  it('for an operator has the events of all organizations, and takes their cursors', async () => {
    const headers = { Authorization: service.authorization(OPERATOR) };
    const all = await allPages(service, '', headers);
    expect(subjects(all)).to.have.members([...posted, ...others]);
    const own = await readPage(service, '?limit=1');
    expect((await readPage(service, `?limit=1&after=${own.events[0]?.cursor}`, headers)).events).to.have.length(1);
  });

  it('of another organization has only its own, and does not take the cursors of others', async () => {
    const headers = { Authorization: service.authorization(OTHER_USER) };
    expect(subjects(await allPages(service, '', headers))).to.deep.equal(others);
    const ours = (await readPage(service, '?limit=1')).events[0]?.cursor;
    const all = (await readPage(service, '?limit=1', { Authorization: service.authorization(OPERATOR) })).after;
    for (const cursor of [ours, all]) {
      const { status, detail } = await problem(`?after=${cursor}`, headers);
      expect([status, detail]).to.deep.equal([
        404,
        'There is no such cursor. Use the cursor of an event that you have, or begin again with since=<a time>.',
      ]);
    }
  });

  it('waits for the first event, if that is wished', async () => {
    const { next } = await readPage(service, '?limit=500');
    const waiting = readPage(service, next, { Prefer: 'wait=20' });
    const { streams } = service.service.services;
    await until('it waits', () => streams.open === 1);
    const id = await idOf(service.post('album_id=b'));
    posted.push(id);
    const { events, headers } = await waiting;
    expect([subjects(events), headers.get('preference-applied')]).to.deep.equal([[id], 'wait=20']);
    await until('its place is given back', () => streams.open === 0);
    // What is there is not waited for.
    expect(subjects((await readPage(service, '?limit=1', { Prefer: 'wait=30' })).events)).to.deep.equal([posted[0]]);
  });

  it('has a link that is level when a wait was in vain', async () => {
    const { next, after } = await readPage(service, '?limit=500');
    await service.post('album_id=b', {}, OTHER_USER);
    const waited = await readPage(service, next, { Prefer: 'wait=1' });
    expect([waited.events, waited.after]).to.deep.equal([[], after]);
  });

  it('is refused for wrong parameters, with what to do', async () => {
    const cursor = (await readPage(service, '?limit=1')).after;
    const cases: readonly [string, RegExp][] = [
      ['?after=x', /^after is no cursor of this service: .* or begin again with since=<a time>\.$/],
      ['?after=', /^after is no cursor of this service/],
      [`?after=${cursor}A`, /^after is no cursor of this service/],
      ['?limit=0', /^limit takes a whole number from 1 to 500\.$/],
      ['?type=import.requested', /^type takes import-api\.import\.requested, .*webhook\.disabled, or several/],
      ['?type=', /^type takes/],
      ['?subject=x', /^subject takes the id of an import or a webhook/],
      ['?since=soon', /^since takes a time with its zone/],
      ['?since=2026-01-01T00:00:00', /^since takes a time with its zone/],
      ['?since=2026-02-30', /^since takes a time with its zone/],
      [`?since=2019-04-08&after=${cursor}`, /^since and after exclude each other: send one of them\.$/],
      ['?from=x', /from/],
    ];
    for (const [query, detail] of cases) {
      const found = await problem(query);
      expect(found.status, query).to.equal(400);
      expect(found.detail).to.match(detail);
    }
    const stream = await problem('', { Accept: 'text/event-stream', 'Last-Event-ID': 'x' });
    expect(stream.status).to.equal(400);
    expect(stream.detail).to.match(/^Last-Event-ID is no cursor of this service/);
  });

  it('is gone if the log has another event there, or none, or is another log', async () => {
    const { log, cursors } = service.service.services;
    const [newest] = await log.readStream(`import-${posted.at(-1)}`);
    if (newest === undefined) throw new Error('it is not there');
    const { position, id, stream, revision } = newest;
    const right = { log: log.id, position, event: { id, stream, revision } };
    expect((await readPage(service, `?after=${cursors.textOf(right, ORGANIZATION)}`)).status).to.equal(200);
    for (const place of [
      { ...right, log: randomUUID() },
      { ...right, position: position + 1n },
      { ...right, event: { ...right.event, id: randomUUID() } },
      { ...right, event: { ...right.event, revision: revision + 1 } },
      { ...right, event: { ...right.event, stream: `import-${randomUUID()}` } },
    ]) {
      const { status, detail } = await problem(`?after=${cursors.textOf(place, ORGANIZATION)}`);
      expect(status).to.equal(410);
      expect(detail).to.match(/since=/);
    }
    const forged = new Cursors(new Keys('0'.repeat(32))).textOf(right, ORGANIZATION);
    expect((await problem(`?after=${forged}`)).status).to.equal(400);
  });

  it('ends once it has about a megabyte', async () => {
    const ids = Array.from({ length: 4 }, () => randomUUID());
    await appendImports(service, ids, { metadata: { organization_id: OTHER_ORGANIZATION }, text: 'x'.repeat(600_000) });
    const headers = { Authorization: service.authorization(OTHER_USER), 'Accept-Encoding': 'identity' };
    const all = await allPages(service, '', headers);
    expect(subjects(all).slice(-4)).to.have.members(ids);
    let page = await readPage(service, '?limit=500', headers);
    const sizes: number[] = [];
    while (page.events.length > 0) {
      sizes.push(JSON.stringify(page.events).length);
      page = await readPage(service, page.next, headers);
    }
    expect(sizes.length).to.be.above(1);
    expect(Math.max(...sizes)).to.be.below(1_700_000);
  });

  it('passes over an event that this release cannot read', async () => {
    const { log } = service.service.services;
    const { next } = await readPage(service, '?limit=500');
    await log.append(`import-${randomUUID()}`, [newEvent({ type: 'ImportRequested', data: {} })], 'no_stream');
    const readable = randomUUID();
    await log.append(`import-${readable}`, [newEvent(IMPORT_REQUESTED)], 'no_stream');
    const { events } = await readPage(service, next, { Prefer: 'wait=20' });
    expect(subjects(events)).to.deep.equal([readable]);
  });
});
