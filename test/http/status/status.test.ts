import { expect } from 'chai';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { Performing } from '../../support/performed.ts';
import { testService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

type Status = { readonly [name: string]: unknown };

describeOnEachStores('the status of an import', (stores) => {
  const service = testService(() => ({ ...stores.env(), IMPORTER: 'off', TIME_ZONE: 'Europe/Berlin' }));
  const performing = new Performing(() => service.service.services);
  const create = async (body = 'url=https://example.com/1.jpg&album_id=a') =>
    ((await (await service.post(body)).json()) as { id: string }).id;
  const ask = async (id: string, headers: Record<string, string> = {}) => {
    const answer = await service.request(`/api/v1/imports/${id}/status`, { headers });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: (text === '' ? {} : JSON.parse(text)) as Status };
  };

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

  it('waits for the next change, and then answers at once', async () => {
    const id = await create();
    const waiting = ask(id, { Prefer: 'wait=20' });
    await until('it waits', () => service.service.services.streams.open === 1);
    await performing.start(id);
    const { body, headers } = await waiting;
    expect(body.status).to.equal('running');
    expect(headers.get('preference-applied')).to.equal('wait=20');
  });
});
