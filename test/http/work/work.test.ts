import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { newId } from '../../../src/events/new-id.ts';
import { imageIdOf } from '../../../src/importer/image-id.ts';
import { describeOnEachStores } from '../../support/for-each-stores.ts';
import { PNG } from '../../support/png.ts';
import { IMPORTS, OTHER_USER, USER } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { CLAIMS, type Claimed, FOREIGN_WORKER, OTHER_WORKER, read, WORKER, WorkerClient } from './worker-client.ts';

describeOnEachStores('a worker outside', (stores) => {
  const client = new WorkerClient(() => stores.env());
  const { service } = client;

  const eventsOf = (id: string) => client.services.log.readStream(`import-${id}`);
  const typesOf = async (id: string) => (await eventsOf(id)).map(({ type }) => type);
  /** A new import, and the claim of the worker that has it. */
  const claimed = async (body?: string, as = WORKER) => {
    const id = await client.requested(body);
    const [claim] = (await client.claim({}, as)).filter((one) => one.import.id === id);
    return { id, claim: claim as Claimed };
  };

  // The mark comes first: what was asked for before it is not performed.
  before(() => client.claim());

  // Nothing is left over for the next test.
  afterEach(async () => {
    for (const worker of [WORKER, FOREIGN_WORKER]) {
      for (const { id } of await client.claim({}, worker)) await client.fail(id, { reason: 'not_an_image' }, worker);
    }
  });

  it('gets an import, brings its image, and the import succeeds', async () => {
    const id = await client.requested();
    const [claim, ...others] = await client.claim({ seconds: 600 });
    expect(others).to.deep.equal([]);
    expect(Object.keys(claim as Claimed)).to.deep.equal(['id', 'attempt', 'deadline', 'import']);
    expect(claim?.attempt).to.equal(1);
    const shown = await (await service.request(`${IMPORTS}/${id}`)).json();
    expect(claim?.import).to.deep.equal(shown);
    expect(Date.parse(claim?.deadline as string) - Date.now()).to.be.closeTo(600_000, 10_000);
    expect(await client.claim()).to.deep.equal([]);
    const { status, body, headers } = await client.complete(
      claim?.id as string,
      PNG,
      '?filename=a.png&external_id=mine-1',
    );
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body).to.include({ status: 'succeeded', image_id: imageIdOf(id), attempts: 1 });
    expect(headers.get('x-token')).to.be.a('string');
    const sha256 = createHash('sha256').update(PNG).digest('hex');
    expect(client.blobs.kept.get(sha256)).to.deep.equal(PNG);
    const [, started, succeeded] = await eventsOf(id);
    expect(JSON.parse(succeeded?.data as string)).to.deep.include({
      source: { kind: 'worker', external_id: 'mine-1' },
      calls: [],
    });
    expect(JSON.parse(succeeded?.data as string).image).to.include({
      sha256,
      format: 'png',
      width: 3,
      filename: 'a.png',
    });
    for (const event of [started, succeeded]) {
      expect(JSON.parse(event?.metadata as string)).to.include({ user_id: WORKER });
      expect(event?.data).to.not.include(WORKER);
    }
  });

  it('says why it could not, and the import waits as long as it wishes', async () => {
    const { id, claim } = await claimed();
    const { status, body } = await client.fail(claim.id, {
      reason: 'source_unavailable',
      detail: 'The host answered 503.',
      retry_after: 3_600,
    });
    expect(status).to.equal(200);
    expect(body).to.include({ status: 'waiting', reason: 'source_unavailable', attempts: 1, retryable: true });
    expect(Date.parse(body.next_attempt_at as string) - Date.now()).to.be.closeTo(3_600_000, 10_000);
    expect(await client.statusOf(id)).to.include({ detail: 'The host answered 503.' });
    expect(await client.claim()).to.deep.equal([]);
  });

  it('fails the import at once for a reason that stays', async () => {
    const { claim } = await claimed();
    const { body } = await client.fail(claim.id, { reason: 'source_not_found' });
    expect(body).to.include({ status: 'failed', reason: 'source_not_found', detail: null, retryable: false });
  });

  it('gives an import back as if it had never had it', async () => {
    const { claim } = await claimed();
    expect((await client.fail(claim.id, { reason: 'worker_lost' })).body).to.include({
      status: 'waiting',
      attempts: 0,
    });
    const [again] = await client.claim({}, OTHER_WORKER);
    expect(again?.import.id).to.equal(claim.import.id);
    await client.fail(again?.id as string, { reason: 'not_an_image' }, OTHER_WORKER);
  });

  it('waits for work of its own organization', async () => {
    const waiting = client.claim({ wait_seconds: 20 });
    await until('it waits', () => client.services.streams.open === 1);
    await client.requested(undefined, OTHER_USER);
    const id = await client.requested();
    expect((await waiting).map((claim) => claim.import.id)).to.deep.equal([id]);
    await until('its place is free', () => client.services.streams.open === 0);
    expect(await client.claim({ wait_seconds: 1 })).to.deep.equal([]);
  });

  it('gets what becomes due while it waits', async () => {
    const { id, claim } = await claimed();
    await client.fail(claim.id, { reason: 'worker_lost' });
    const [again] = await client.claim();
    const waiting = client.claim({ wait_seconds: 20 });
    await until('it waits', () => client.services.streams.open === 1);
    await client.fail(again?.id as string, { reason: 'worker_lost' });
    expect((await waiting).map((one) => one.import.id)).to.deep.equal([id]);
  });

  it('gets only what it asks for, the oldest first', async () => {
    const url = await client.requested('url=https://example.com/1.jpg');
    const salesforce = await client.requested('content_document_id=0694I000008HV8MQAW');
    const later = await client.requested('url=https://example.com/2.jpg');
    const ids = (claims: readonly Claimed[]) => claims.map((claim) => claim.import.id);
    expect(ids(await client.claim({ sources: ['salesforce'] }))).to.deep.equal([salesforce]);
    expect(ids(await client.claim({ max: 1 }))).to.deep.equal([url]);
    expect(ids(await client.claim({ max: 20 }))).to.deep.equal([later]);
  });

  it('does not get what has sealed credentials, or no source', async () => {
    await client.requested('url=https://u:p@example.com/1.jpg');
    await client.requested('url=https://example.com/1.jpg&headers[Authorization]=x');
    await client.requested('album_id=a');
    expect(await client.claim()).to.deep.equal([]);
  });

  it('shares the work with others of its organization: each import has one of them', async () => {
    const asked = await Promise.all(Array.from({ length: 10 }, () => client.requested()));
    const given = await Promise.all(
      Array.from({ length: 10 }, (_, number) => client.claim({ max: 2 }, number % 2 === 0 ? WORKER : OTHER_WORKER)),
    );
    expect(given.flat().map((claim) => claim.import.id)).to.have.members(asked);
  });

  it('has no part in the imports of another organization', async () => {
    const id = await client.requested(undefined, OTHER_USER);
    expect(await client.claim()).to.deep.equal([]);
    const [claim] = await client.claim({}, FOREIGN_WORKER);
    expect(claim?.import.id).to.equal(id);
    const none = await client.fail(`${newId()}.${newId()}`, { reason: 'not_an_image' });
    for (const { status, body } of [
      await client.fail(claim?.id as string, { reason: 'not_an_image' }),
      await client.complete(claim?.id as string, PNG),
    ]) {
      expect([status, body.detail]).to.deep.equal([404, none.body.detail]);
    }
    expect((await read(await service.request(`${IMPORTS}/${id}/status`, asWorker()))).status).to.equal(404);
    expect((await client.complete(claim?.id as string, PNG, '', FOREIGN_WORKER)).status).to.equal(200);
  });

  it('cannot end the claim of another worker', async () => {
    const { claim } = await claimed();
    expect((await client.fail(claim.id, { reason: 'not_an_image' }, OTHER_WORKER)).status).to.equal(404);
    expect((await client.complete(claim.id, PNG, '', OTHER_WORKER)).status).to.equal(404);
    for (const name of ['none', claim.import.id, `${claim.id}.x`, `${claim.import.id}.${newId()}`]) {
      expect((await client.fail(name, { reason: 'not_an_image' })).status, name).to.equal(404);
    }
    expect((await client.complete(claim.id.toUpperCase(), PNG)).status).to.equal(200);
  });

  it('is told that its claim is over once the import is cancelled', async () => {
    const { id, claim } = await claimed();
    await service.request(`${IMPORTS}/${id}/cancel`, { method: 'POST' });
    for (const { status, body } of [
      await client.complete(claim.id, PNG),
      await client.fail(claim.id, { reason: 'not_an_image' }),
    ]) {
      expect([status, body.import_status]).to.deep.equal([409, 'cancelled']);
    }
    expect(await typesOf(id)).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportCancelled']);
  });

  it('may say again what it has said', async () => {
    const one = await claimed();
    for (let times = 0; times < 2; times += 1) expect((await client.complete(one.claim.id, PNG)).status).to.equal(200);
    const other = await claimed();
    for (let times = 0; times < 2; times += 1) {
      expect((await client.fail(other.claim.id, { reason: 'not_an_image' })).status).to.equal(200);
    }
    expect(await typesOf(one.id)).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportSucceeded']);
    expect(await typesOf(other.id)).to.deep.equal(['ImportRequested', 'ImportStarted', 'ImportFailed']);
    // But not something else.
    expect((await client.fail(one.claim.id, { reason: 'not_an_image' })).status).to.equal(409);
    expect((await client.complete(other.claim.id, PNG)).status).to.equal(409);
  });

  it('keeps its claim if what it brings is not the image', async () => {
    const { id, claim } = await claimed();
    const refused = async (bytes: Buffer, query = '') => {
      const { status, body } = await client.complete(claim.id, bytes, query);
      expect([status, body.type]).to.deep.equal([422, 'urn:import-api:problem:image-refused']);
      return body.reason;
    };
    expect(await refused(Buffer.from('<html>'), '?filename=a.jpg')).to.equal('not_an_image');
    expect(await refused(PNG, `?md5=${'0'.repeat(32)}`)).to.equal('checksum_mismatch');
    expect(await client.statusOf(id)).to.include({ status: 'running' });
    const md5 = createHash('md5').update(PNG).digest('hex');
    expect((await client.complete(claim.id, PNG, `?md5=${md5.toUpperCase()}`)).status).to.equal(200);
  });

  it('may do nothing but work, and read where imports stand', async () => {
    const id = await client.requested();
    const image = imageIdOf(id);
    for (const [method, path] of [
      ...(['', '/events'].map((more) => ['GET', `${IMPORTS}/${id}${more}`]) as [string, string][]),
      ...(['/cancel', '/retry'].map((more) => ['POST', `${IMPORTS}/${id}${more}`]) as [string, string][]),
      ['GET', IMPORTS],
      ['GET', `/api/v1/images/${image}`],
      ['GET', `/api/v1/images/${image}/original`],
      ['GET', '/api/v1/albums/a/images'],
      ['GET', '/api/v1/events'],
      ['GET', '/api/v1/webhooks'],
    ] as const) {
      const { status, body } = await read(await service.request(path, { ...asWorker(), method }));
      expect([status, body.type], path).to.deep.equal([403, 'urn:import-api:problem:role-not-allowed']);
    }
    const posted = await read(await service.post('a=1', {}, WORKER));
    expect([posted.status, posted.headers.get('x-message')]).to.deep.equal([401, 'Access denied']);
    expect((await service.request('/api/v1/operations/status', asWorker())).status).to.equal(404);
    expect(await client.statusOf(id, WORKER)).to.include({ status: 'waiting' });
  });

  it('must be a worker', async () => {
    const { claim } = await claimed();
    for (const [path, json] of [
      [CLAIMS, {}],
      [`${CLAIMS}/${claim.id}/fail`, { reason: 'not_an_image' }],
      [`${CLAIMS}/${claim.id}/complete`, {}],
    ] as const) {
      const { status, body } = await client.post(path, json, USER);
      expect([status, body.type], path).to.deep.equal([403, 'urn:import-api:problem:role-not-allowed']);
    }
  });

  it('is refused for wrong words, with what is right', async () => {
    const { claim } = await claimed();
    for (const [wish, detail] of [
      [{ max: 0 }, /^max takes a whole number from 1 to 20\.$/],
      [{ max: 1.5 }, /^max takes/],
      [{ max: '1' }, /^max takes/],
      [{ seconds: 1_801 }, /^seconds takes a whole number from 10 to 1800\.$/],
      [{ wait_seconds: 31 }, /^wait_seconds takes a whole number from 0 to 30\.$/],
      [{ sources: [] }, /^sources takes one source or more\.$/],
      [{ sources: ['url', 'url', 'url'] }, /^sources takes each source once\.$/],
      [{ sources: ['sealed'] }, /^sources takes a list of url, salesforce\.$/],
      [{ sources: 'url' }, /^sources takes a list/],
      [{ second: 1 }, /Did you mean seconds\?/],
    ] as const) {
      const { status, body } = await client.post(CLAIMS, wish);
      expect([status, body.detail]).to.satisfy(
        ([is, text]: [number, string]) => is === 400 && detail.test(text),
        String(body.detail),
      );
    }
    for (const [why, detail] of [
      [{}, /^reason takes one of source_missing, /],
      [{ reason: 'bad luck' }, /^reason takes/],
      [{ reason: 'not_an_image', detail: 'x'.repeat(1_001) }, /^detail takes a text of at most 1000 characters\.$/],
      [{ reason: 'not_an_image', detail: '\ud800' }, /^detail takes/],
      [{ reason: 'not_an_image', retry_after: -1 }, /^retry_after takes a whole number from 0 to 86400\.$/],
    ] as const) {
      const { status, body } = await client.fail(claim.id, why);
      expect([status, body.detail]).to.satisfy(
        ([is, text]: [number, string]) => is === 400 && detail.test(text),
        String(body.detail),
      );
    }
    for (const query of [
      '?md5=x',
      `?external_id=${'x'.repeat(256)}`,
      '?file=a.png',
      '?filename=a&filename=b&filename[c]=d',
    ]) {
      expect((await client.complete(claim.id, PNG, query)).status, query).to.equal(400);
    }
  });

  function asWorker() {
    return { headers: { Authorization: service.authorization(WORKER) } };
  }
});
