import { expect } from 'chai';
import { importDecider } from '../../src/commands/import.ts';
import { LogDamaged, StreamDeleted, UndecodableEvent } from '../../src/events/errors.ts';
import { IMPORT_LIFETIME_MS, type ImportReason } from '../../src/events/import-events.ts';
import { streamName } from '../../src/events/streams.ts';
import { type Claim, Claims } from '../../src/importer/claims.ts';
import type { ConnectionStanding } from '../../src/importer/connections.ts';
import { Expiry } from '../../src/importer/expiry.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type ImportStores, openImportStores } from '../support/import-stores.ts';
import { ORGANIZATION } from '../support/service.ts';
import { whileInstead } from '../support/while-instead.ts';

const HOUR_MS = 60 * 60_000;
const URL_PARAMS = { url: 'https://example.com/1.png' };
const SALESFORCE = { content_document_id: '0694I000008HV8MQAW' };

describe('imports that wait for too long', () => {
  let stores: ImportStores;
  let clock: FakeClock;
  let claims: Claims;
  let standing: ConnectionStanding;
  let expired: ImportReason[];
  let forgotten: string[];
  let expiry: Expiry;
  let after: bigint;
  let isMarked: boolean;

  beforeEach(async () => {
    stores = await openImportStores();
    clock = new FakeClock();
    [expired, forgotten, standing, after, isMarked] = [[], [], { kind: 'missing' }, 0n, true];
    const performed = async () => ({ log: stores.log.id, after });
    claims = new Claims({ ...stores, performed, now: () => clock.now() });
    const madeAt = new Date().toISOString();
    expiry = new Expiry({
      ...{ readModel: stores.readModel, claims, clock },
      connections: { standing: () => standing },
      mark: async () => (isMarked ? { performed: await performed(), madeAt } : null),
      observer: { expired: (reason) => void expired.push(reason) },
      forgetCredentials: async (id) => void forgotten.push(id),
    });
  });

  afterEach(() => stores.close());

  const run = () => expiry.run(new AbortController().signal);
  const claim = async (id: string) =>
    (await claims.claim(id, { worker: 'a worker', seconds: 120, lostClaim: null })) as Claim;
  const resultOf = async (id: string) => {
    const { status, reason } = await stores.viewOf(id);
    return [status, reason];
  };

  it('fail after 72 hours, and not sooner', async () => {
    const id = await stores.request({ params: URL_PARAMS, organization: ORGANIZATION });
    await clock.pass(IMPORT_LIFETIME_MS - 1_000);
    await run();
    expect(await resultOf(id)).to.deep.equal(['waiting', null]);
    await clock.pass(2_000);
    await run();
    expect(await resultOf(id)).to.deep.equal(['failed', 'worker_lost']);
    await run();
    expect(await stores.course(id)).to.deep.equal(['Requested', 'Failed']);
    expect([expired, forgotten]).to.deep.equal([['worker_lost'], []]);
  });

  it('wait for ever while nobody has performed any import here', async () => {
    const id = await stores.request({ params: URL_PARAMS });
    await clock.pass(IMPORT_LIFETIME_MS + HOUR_MS);
    isMarked = false;
    await run();
    expect(await resultOf(id)).to.deep.equal(['waiting', null]);
  });

  for (const [what, now, reason] of [
    ['no connection', { kind: 'missing' }, 'connection_missing'],
    ['a connection that was removed', { kind: 'removed' }, 'connection_missing'],
    [
      'one that refuses',
      { kind: 'paused', reason: 'connection_refused', detail: 'x', until: null },
      'connection_refused',
    ],
    [
      'one that an operator paused',
      { kind: 'paused', reason: 'asked', detail: 'x', until: null },
      'connection_refused',
    ],
    ['limits', { kind: 'paused', reason: 'limit_exceeded', detail: 'x', until: null }, 'limit_exceeded'],
    [
      'servers that are down',
      { kind: 'paused', reason: 'source_unavailable', detail: 'x', until: null },
      'source_unavailable',
    ],
    ['no way to log in', { kind: 'unusable', detail: 'x' }, 'connection_refused'],
  ] as const) {
    it(`fail for what they wait for: ${what}`, async () => {
      const id = await stores.request({ params: SALESFORCE });
      const other = await stores.request({ params: URL_PARAMS });
      standing = now as ConnectionStanding;
      await clock.pass(IMPORT_LIFETIME_MS + HOUR_MS);
      await run();
      expect(await resultOf(id)).to.deep.equal(['failed', reason]);
      expect(await resultOf(other)).to.deep.equal(['failed', 'worker_lost']);
    });
  }

  it('do not tell why an operator paused their connection, which is for operators', async () => {
    const id = await stores.request({ params: SALESFORCE });
    standing = { kind: 'paused', reason: 'asked', detail: 'they have not paid', until: null };
    await clock.pass(IMPORT_LIFETIME_MS + HOUR_MS);
    await run();
    expect((await stores.last(id)).data).to.include({ detail: 'The operators paused the connection.' });
  });

  it('fail for the reason of their last attempt', async () => {
    const id = await stores.request({ params: URL_PARAMS });
    await clock.pass(1_000);
    await claims.fail(await claim(id), { reason: 'storage_unavailable', detail: 'The disk is full.', calls: [] });
    await clock.pass(IMPORT_LIFETIME_MS);
    await run();
    expect((await stores.last(id)).data).to.deep.include({
      reason: 'storage_unavailable',
      detail: 'The disk is full.',
    });
  });

  it('fail as credentials_gone if no worker with their credentials came, which are forgotten', async () => {
    const id = await stores.request({ params: URL_PARAMS, redacted: ['url'] });
    await clock.pass(IMPORT_LIFETIME_MS + HOUR_MS);
    await run();
    expect(await resultOf(id)).to.deep.equal(['failed', 'credentials_gone']);
    expect(forgotten).to.deep.equal([id]);
  });

  it('go on if they are performed just now, and fail if they come back', async () => {
    const id = await stores.request({ params: URL_PARAMS });
    await clock.pass(IMPORT_LIFETIME_MS - 1_000);
    const held = await claim(id);
    await stores.request({ params: URL_PARAMS });
    await clock.pass(60_000);
    await run();
    expect(await resultOf(id)).to.deep.equal(['running', null]);
    await claims.giveBack(held, []);
    await clock.pass(60_000);
    await run();
    expect(await resultOf(id)).to.deep.equal(['failed', 'worker_lost']);
  });

  for (const error of [new StreamDeleted('import-1'), new LogDamaged('a hole'), new UndecodableEvent('no JSON')]) {
    it(`fail although one of them cannot be read (${error.name})`, async () => {
      const gone = await stores.request({ params: URL_PARAMS });
      const id = await stores.request({ params: URL_PARAMS });
      await clock.pass(IMPORT_LIFETIME_MS + HOUR_MS);
      const { expire } = claims;
      const instead: Claims['expire'] = (one, why) =>
        one === gone ? Promise.reject(error) : expire.call(claims, one, why);
      await whileInstead(claims, { expire: instead }, run);
      expect(await resultOf(id)).to.deep.equal(['failed', 'worker_lost']);
    });
  }

  it('all fail, however many expire in one moment', async () => {
    const now = Date.now;
    const atMs = now();
    Date.now = () => atMs;
    const ids = await Promise.all(Array.from({ length: 230 }, () => stores.request({ params: URL_PARAMS }))).finally(
      () => {
        Date.now = now;
      },
    );
    await clock.pass(IMPORT_LIFETIME_MS + HOUR_MS);
    await run();
    for (const id of ids) expect(await resultOf(id)).to.deep.equal(['failed', 'worker_lost']);
  });

  it('wait for ever if they were asked for before the mark', async () => {
    const id = await stores.request({ params: URL_PARAMS });
    after = await stores.log.head();
    const other = await stores.request({ params: URL_PARAMS });
    await clock.pass(IMPORT_LIFETIME_MS + HOUR_MS);
    await run();
    expect(await resultOf(id)).to.deep.equal(['waiting', null]);
    expect(await resultOf(other)).to.deep.equal(['failed', 'worker_lost']);
  });

  it('have 72 hours more after they were asked for again', async () => {
    const id = await stores.request({ params: URL_PARAMS });
    const context = { organization_id: ORGANIZATION, request_id: 'x' };
    const stream = streamName('import', id);
    await clock.pass(IMPORT_LIFETIME_MS + HOUR_MS);
    await run();
    await stores.execute(importDecider, stream, { type: 'RetryImport', reason: null, adoptedBy: null }, context);
    expect(await resultOf(id)).to.deep.equal(['waiting', null]);
    // The new request has the time of the machine.
    const fresh = new Claims({ ...stores, performed: async () => ({ log: stores.log.id, after }) });
    expect(await fresh.expire(id, { reason: 'worker_lost', detail: null })).to.equal(false);
  });
});
