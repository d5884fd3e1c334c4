import { expect } from 'chai';
import { newId } from '../../../src/events/new-id.ts';
import { Changes, connectionOf } from '../../../src/http/changes.ts';
import type { ConnectionStanding } from '../../../src/importer/connections.ts';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { Performing } from '../../support/performed.ts';
import { ORGANIZATION, OTHER_USER, testService } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { type Status, StatusClient } from './status-client.ts';

describeOnEachStores('the status of an import', (stores) => {
  const service = testService(() => ({ ...stores.env(), TIME_ZONE: 'Europe/Berlin' }));
  const performing = new Performing(() => service.service.services);
  const { ask, act, create, albumToken } = new StatusClient(service);

  it('has these members, in this order, with times in the zone', async () => {
    const { body, status } = await ask(await create());
    expect(status).to.equal(200);
    expect(Object.keys(body)).to.deep.equal([
      ...['status', 'attempts', 'reason', 'detail', 'retryable', 'next_attempt_at', 'deadline', 'bytes_received'],
      ...['bytes_expected', 'image_id', 'requested_at', 'started_at', 'ended_at'],
    ]);
    expect(body).to.include({ status: 'waiting', attempts: 0, reason: null, retryable: null, deadline: null });
    expect(body.requested_at).to.match(/\+0[12]:00$/);
    expect(body.next_attempt_at).to.equal(body.requested_at);
  });

  it('follows the import through its life', async () => {
    const id = await create();
    const claim = await performing.start(id);
    const running = (await ask(id)).body;
    expect(running).to.include({ status: 'running', attempts: 1, next_attempt_at: null, ended_at: null });
    expect(Date.parse(running.deadline as string) - Date.parse(running.started_at as string)).to.be.closeTo(
      120_000,
      2_000,
    );
    await performing.fail(id, claim, 'source_unavailable', 'The host answered 503.');
    const waiting = (await ask(id)).body;
    expect(waiting).to.include({ status: 'waiting', attempts: 1, reason: 'source_unavailable', retryable: true });
    expect(waiting).to.include({ detail: 'The host answered 503.', deadline: null });
  });

  it('names its state by a strong tag that each event changes', async () => {
    const id = await create();
    const tags: string[] = [];
    const note = async () => tags.push((await ask(id)).headers.get('etag') as string);
    await note();
    const claim = await performing.start(id);
    await note();
    await performing.fail(id, claim, 'source_unavailable');
    await note();
    await act(id, 'cancel');
    await note();
    expect(new Set(tags).size).to.equal(4);
    for (const tag of tags) expect(tag).to.match(/^"[\w-]{22}"$/);
    const again = await ask(id, { 'If-None-Match': tags.at(-1) as string });
    expect([again.status, again.headers.get('etag'), again.body]).to.deep.equal([304, tags.at(-1), {}]);
    expect((await ask(id, { 'If-None-Match': tags[0] as string })).status).to.equal(200);
  });

  it('says how much has come if this node is at work on it, and that does not change its tag', async () => {
    const id = await create();
    await performing.start(id);
    const before = await ask(id);
    expect(before.body).to.include({ bytes_received: null, bytes_expected: null });
    const importer = { isOn: true, running: () => 1, progressOf: () => ({ received: 10, expected: 100 }) };
    const after = await whileInstead(service.service.services, { importer }, () => ask(id));
    expect(after.body).to.include({ bytes_received: 10, bytes_expected: 100 });
    expect(after.headers.get('etag')).to.equal(before.headers.get('etag'));
  });

  it('says what a waiting import of Salesforce waits for, though none of its events does', async () => {
    const id = await create('content_document_id=0694I000008HV8MQAW');
    const until = new Date(Date.now() + 3_600_000);
    const waiting = async (standing: ConnectionStanding): Promise<Status> => {
      const { body, headers } = await whileInstead(
        service.service.services,
        { connections: { standing: () => standing } },
        () => ask(id),
      );
      return { ...body, tag: headers.get('etag') };
    };
    const missing = await waiting({ kind: 'missing' });
    expect(missing).to.include({
      status: 'waiting',
      reason: 'connection_missing',
      retryable: true,
      next_attempt_at: null,
    });
    const refused = await waiting({ kind: 'paused', reason: 'connection_refused', detail: 'It said no.', until: null });
    expect(refused).to.include({ reason: 'connection_refused', detail: 'It said no.', next_attempt_at: null });
    const limited = await waiting({ kind: 'paused', reason: 'limit_exceeded', detail: 'Too many.', until });
    expect(limited).to.include({ reason: 'limit_exceeded', detail: 'Too many.' });
    expect(Date.parse(limited.next_attempt_at as string)).to.equal(until.getTime());
    const asked = await waiting({ kind: 'paused', reason: 'asked', detail: 'moving', until: null });
    expect(asked).to.include({ reason: 'connection_refused', detail: 'The operators paused the connection.' });
    expect(new Set([missing.tag, refused.tag, limited.tag, asked.tag]).size).to.equal(4);
    // One that does not need the connection does not wait for it.
    expect((await ask(await create())).body).to.include({ reason: null });
  });

  it('says that one of another log is not performed by itself', async () => {
    const id = await create();
    const { readModel } = service.service.services;
    const stored = await readModel.get('import', id);
    if (stored === null) throw new Error('it is not there');
    const get = async () => ({ ...stored, view: { ...stored.view, log: '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90' } });
    const { body } = await whileInstead(readModel, { get: get as unknown as typeof readModel.get }, () => ask(id));
    expect(body).to.include({ status: 'waiting', reason: null, next_attempt_at: null });
    expect(body.detail).to.match(/another log/);
  });

  it('says that one from before the mark is not performed by itself, as after a restore', async () => {
    const id = await create();
    const { services } = service.service;
    const asIfMarkedAt = (ms: number) =>
      whileInstead(services, { performedSince: () => new Date(ms).toISOString() }, () => ask(id));
    const held = await asIfMarkedAt(Date.now() + 1_000);
    expect(held.body).to.include({ status: 'waiting', reason: null, next_attempt_at: null });
    expect(held.body.detail).to.match(/before this installation performed any.* not performed by itself/);
    expect((await asIfMarkedAt(Date.now() - 60_000)).body).to.include({ detail: null });
  });

  it('is there for the organization of the import and for tokens of its album only', async () => {
    const id = await create('album_id=mine');
    const none = await ask('none');
    const others = [service.authorization(OTHER_USER), await albumToken('other')];
    for (const Authorization of others) {
      for (const asked of [
        ask(id, { Authorization }),
        act(id, 'cancel', { Authorization }),
        act(id, 'retry', { Authorization }),
      ]) {
        const { status, body } = await asked;
        expect([status, body.detail]).to.deep.equal([404, none.body.detail]);
      }
    }
    const Authorization = await albumToken('mine');
    expect((await ask(id, { Authorization })).status).to.equal(200);
    expect((await act(id, 'cancel', { Authorization })).status).to.equal(200);
  });

  it('waits for the next change, and then answers at once', async () => {
    const id = await create();
    const waiting = ask(id, { Prefer: 'wait=20' });
    await until('it waits', () => service.service.services.streams.open === 1);
    await performing.start(id);
    const { body, headers } = await waiting;
    expect(body.status).to.equal('running');
    expect(headers.get('preference-applied')).to.equal('wait=20');
  });

  it('waits relative to the tag that is sent', async () => {
    const id = await create();
    const { headers } = await ask(id);
    const tag = headers.get('etag') as string;
    const waiting = ask(id, { Prefer: 'wait=20', 'If-None-Match': tag });
    await until('it waits', () => service.service.services.streams.open === 1);
    await performing.start(id);
    expect((await waiting).body.status).to.equal('running');
    // The change was before this request.
    expect((await ask(id, { Prefer: 'wait=20', 'If-None-Match': tag })).body.status).to.equal('running');
  });

  it('answers after the wait if nothing has changed: 200, or 304 to a tag', async () => {
    const id = await create();
    const first = await ask(id, { Prefer: 'wait=1' });
    expect([first.status, first.body.status]).to.deep.equal([200, 'waiting']);
    const second = await ask(id, { Prefer: 'wait=1', 'If-None-Match': first.headers.get('etag') as string });
    expect([second.status, second.headers.get('preference-applied')]).to.deep.equal([304, 'wait=1']);
  });

  it('answers at once if the import has ended', async () => {
    const id = await create();
    await performing.succeed(id);
    const { headers, body } = await ask(id, { Prefer: 'wait=30' });
    expect(body).to.include({ status: 'succeeded' });
    expect(body.image_id).to.be.a('string');
    const again = await ask(id, { Prefer: 'wait=30', 'If-None-Match': headers.get('etag') as string });
    expect(again.status).to.equal(304);
  });

  it('wakes those that wait when the connection of the organization changes', async () => {
    const id = await create('content_document_id=0694I000008HV8MQAW');
    const { services } = service.service;
    const known = { kind: 'paused', reason: 'limit_exceeded', detail: 'Too many.', until: null } as const;
    const { body } = await whileInstead(services, { connections: { standing: () => known } }, async () => {
      const waiting = ask(id, { Prefer: 'wait=20' });
      await until('it waits', () => services.streams.open === 1);
      const next = { kind: 'paused', reason: 'limit_exceeded', detail: 'Still too many.', until: null } as const;
      Object.defineProperty(services, 'connections', { value: { standing: () => next }, configurable: true });
      services.changes.tell(connectionOf(ORGANIZATION));
      return waiting;
    });
    expect(body.detail).to.equal('Still too many.');
  });

  it('lets a caller wait 20 times at once, and tells nothing to one whose rights have ended', async () => {
    const user = newId();
    await service.register(user, ORGANIZATION);
    const id = await create();
    const headers = { Authorization: service.authorization(user), Prefer: 'wait=20' };
    const waiting = Array.from({ length: 20 }, () => ask(id, headers));
    await until('they wait', () => service.service.services.streams.open === 20);
    expect((await ask(id, headers)).status).to.equal(429);
    await service.remove(user);
    await until('it is known', async () => (await ask(id, { Authorization: headers.Authorization })).status === 401);
    await performing.start(id);
    for (const answer of waiting) expect((await answer).status).to.equal(401);
    await until('their places are free', () => service.service.services.streams.open === 0);
  });

  it('looks at no event of the log while nobody waits', async () => {
    const looked: string[] = [];
    const changes = new Changes({
      end: async () => ({}) as never,
      watch: () => {
        looked.push('begun');
        return () => looked.push('ended');
      },
    });
    const { signal } = new AbortController();
    const first = await changes.watch(['a']);
    const second = await changes.watch(['a', 'b']);
    changes.tell('b');
    expect(await second.next(0, signal)).to.equal(true);
    expect(await first.next(0, signal)).to.equal(false);
    first.end();
    expect(looked).to.deep.equal(['begun']);
    second.end();
    expect(looked).to.deep.equal(['begun', 'ended']);
  });
});
