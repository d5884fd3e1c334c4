import { expect } from 'chai';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { Performing } from '../../support/performed.ts';
import { testService, USER } from '../../support/service.ts';
import { whileInstead } from '../../support/while-instead.ts';
import { StatusClient } from './status-client.ts';

describeOnEachStores('an import can be changed:', (stores) => {
  const service = testService(() => stores.env());
  const performing = new Performing(() => service.service.services);
  const { ask, act, create } = new StatusClient(service);

  it('a waiting or running import is cancelled, again and again', async () => {
    const [waiting, running] = [await create(), await create()];
    const claim = await performing.start(running);
    for (const id of [waiting, running, running]) {
      const { status, body, headers } = await act(id, 'cancel');
      expect([status, body.status, body.next_attempt_at]).to.deep.equal([200, 'cancelled', null]);
      expect(headers.get('etag')).to.equal((await ask(id)).headers.get('etag'));
    }
    const late = await performing.fail(running, claim, 'source_unavailable').catch((error) => error.code);
    expect(late).to.equal('import_claimed');
  });

  it('what has ended is not cancelled: 409 with its status', async () => {
    const [succeeded, failed] = [await create(), await create()];
    await performing.succeed(succeeded);
    await performing.fail(failed, await performing.start(failed), 'source_not_found');
    for (const [id, is] of [
      [succeeded, 'succeeded'],
      [failed, 'failed'],
    ] as const) {
      const { status, body } = await act(id, 'cancel');
      expect([status, body.type, body.import_status]).to.deep.equal([409, 'urn:import-api:problem:conflict', is]);
    }
  });

  it('what failed or was cancelled is tried again; what waits or runs is left alone', async () => {
    const id = await create();
    await performing.fail(id, await performing.start(id), 'source_not_found', 'There is none.');
    expect((await ask(id)).body).to.include({ status: 'failed', reason: 'source_not_found', retryable: false });
    for (let times = 0; times < 2; times += 1) {
      const { status, body } = await act(id, 'retry');
      expect([status, body.status, body.reason, body.ended_at]).to.deep.equal([200, 'waiting', null, null]);
    }
    await performing.start(id);
    expect((await act(id, 'retry')).body).to.include({ status: 'running' });
    const { log } = service.service.services;
    const types = (await log.readStream(`import-${id}`)).map(({ type }) => type);
    expect(types.filter((type) => type === 'ImportRetryRequested')).to.have.length(1);
    await act(id, 'cancel');
    expect((await act(id, 'retry')).body).to.include({ status: 'waiting' });
    await performing.succeed(id);
    const { status, body } = await act(id, 'retry');
    expect([status, body.import_status]).to.deep.equal([409, 'succeeded']);
  });

  it('only if it is as the caller has seen it, if the caller says so', async () => {
    const id = await create();
    const before = (await ask(id)).headers.get('etag') as string;
    await performing.start(id);
    for (const action of ['cancel', 'retry'] as const) {
      const { status, body } = await act(id, action, { 'If-Match': before });
      expect([status, body.type]).to.deep.equal([412, 'urn:import-api:problem:precondition-failed']);
    }
    const now = (await ask(id)).headers.get('etag') as string;
    expect((await act(id, 'cancel', { 'If-Match': `W/${now}` })).status).to.equal(412);
    expect((await act(id, 'cancel', { 'If-Match': `"x", ${now}` })).status).to.equal(200);
    expect((await act(id, 'cancel', { 'If-Match': now })).status).to.equal(412);
    expect((await act(id, 'cancel', { 'If-Match': '*' })).status).to.equal(200);
  });

  it('not if something happens between the look and the append', async () => {
    const id = await create();
    const tag = (await ask(id)).headers.get('etag') as string;
    const { services } = service.service;
    const { execute, log } = services;
    const quicker = new Performing(() => ({ execute, log }));
    const overtaken: typeof execute = async (...args) => {
      await quicker.start(id);
      return execute(...args);
    };
    const cancel = () => act(id, 'cancel', { 'If-Match': tag });
    const { status } = await whileInstead(services, { execute: overtaken }, cancel);
    expect(status).to.equal(412);
    expect((await ask(id)).body.status).to.equal('running');
  });

  it('on record by whoever asked', async () => {
    const id = await create();
    await act(id, 'cancel', { 'X-Request-Id': 'by-me' });
    const [, cancelled] = await service.service.services.log.readStream(`import-${id}`);
    expect(JSON.parse(cancelled?.metadata as string)).to.include({ user_id: USER, caller_request_id: 'by-me' });
  });

  it('not with a body or a parameter', async () => {
    const id = await create();
    expect((await act(id, 'cancel', {}, 'reason=x')).status).to.equal(400);
    expect((await act(id, 'cancel?reason=x')).status).to.equal(400);
    expect((await ask(id)).body.status).to.equal('waiting');
  });
});
