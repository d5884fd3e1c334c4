import { join } from 'node:path';
import { expect } from 'chai';
import { AppendTooLarge, LogUnavailable } from '../../src/events/errors.ts';
import type { ImportReason, Params } from '../../src/events/import-events.ts';
import { StorageUnavailable } from '../../src/importer/blobs/blob-store.ts';
import { Drafts } from '../../src/importer/blobs/draft.ts';
import { type Brought, type Claim, Claims } from '../../src/importer/claims.ts';
import { ImportFailure } from '../../src/importer/import-failure.ts';
import { Keeping } from '../../src/importer/keeping.ts';
import type { EndedAttempt } from '../../src/importer/observer.ts';
import { type Performance, Performer, type PerformerParts } from '../../src/importer/performer.ts';
import { SealedUnavailable } from '../../src/importer/sealed/sealed-store.ts';
import { METADATA } from '../support/events.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeSource, type Fetching } from '../support/fake-source.ts';
import { type ImportStores, openImportStores } from '../support/import-stores.ts';
import { MemoryBlobs } from '../support/memory-blobs.ts';
import { PNG } from '../support/png.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const URL_PARAMS = { url: 'https://example.com/1.png' };

describe('the performer of imports', () => {
  const directory = temporaryDirectory();
  let stores: ImportStores;
  let claims: Claims;
  let clock: FakeClock;
  let source: FakeSource;
  let forgotten: string[];
  let ended: EndedAttempt[];
  let told: (ImportReason | null)[];
  let faults: unknown[];
  let warnings: unknown[];
  let keeping: Keeping;

  beforeEach(async () => {
    stores = await openImportStores();
    const performed = async () => ({ log: stores.log.id, after: 0n });
    claims = new Claims({ execute: stores.execute, log: stores.log, performed, now: () => Date.now() + 1_000 });
    [clock, source] = [new FakeClock(), new FakeSource()];
    [forgotten, ended, told, faults] = [[], [], [], []];
    warnings = [];
    keeping = new Keeping(clock);
  });

  afterEach(() => stores.close());
  after(() => directory.remove());

  const performerWith = (parts: Partial<PerformerParts> = {}) =>
    new Performer({
      ...{ claims, clock, blobs: new MemoryBlobs(), sources: { url: source, salesforce: source } },
      drafts: new Drafts({ folder: directory.path, limitBytes: 1_000_000 }),
      look: async () => ({ format: 'png', contentType: 'image/png', width: 3, height: 2 }),
      credentialsOf: async () => [],
      forgetCredentials: async (id) => void forgotten.push(id),
      keeping,
      connections: { attemptEnded: (_organization, failure) => void told.push(failure?.reason ?? null) },
      observer: { attemptEnded: (attempt) => void ended.push(attempt) },
      logger: {
        warn: ({ err }: { err?: unknown }) => void warnings.push(err),
        error: (fields) => void faults.push(fields),
      },
      ...parts,
    });
  const claim = async (params: Params = URL_PARAMS, redacted: readonly string[] = []) =>
    (await claims.claim(await stores.request({ params, redacted }), {
      ...{ worker: 'a worker', seconds: 120, lostClaim: null },
    })) as Claim;
  const perform = (performer: Performer, claimed: Claim) => performer.perform(claimed, clock.elapsed() + 120_000);
  /** Performs one import, of which the fetch becomes what `on` makes of it. */
  async function performed(on: (fetching: Fetching) => void, claimed?: Claim, parts: Partial<PerformerParts> = {}) {
    source.onBegin = on;
    const own = claimed ?? (await claim());
    const outcome: Performance = await perform(performerWith(parts), own);
    return { outcome, id: own.importId };
  }
  const give = (fetching: Fetching) => void fetching.give();
  const failWith =
    (reason: ImportReason, message = 'So it is.') =>
    (fetching: Fetching) =>
      fetching.fail(new ImportFailure(reason, message));

  it('records the image, and tells who measures', async () => {
    const { outcome, id } = await performed(give);
    expect(outcome).to.equal('succeeded');
    expect(await stores.course(id)).to.deep.equal(['Requested', 'Started', 'Succeeded']);
    const view = await stores.viewOf(id);
    expect(view).to.deep.include({ status: 'succeeded', reason: null, lane: null });
    expect(view.image_id).to.match(/^[0-9a-f-]{36}$/);
    expect(ended).to.deep.equal([{ outcome, reason: null, source: 'url', bytes: PNG.length, seconds: 0 }]);
    expect(told).to.deep.equal([]);
  });

  it('records why it failed: at once for good, or with the time of the next attempt', async () => {
    const failed = await performed(failWith('not_an_image', 'x'.repeat(5_000)));
    expect(failed.outcome).to.equal('failed');
    const { data } = await stores.last(failed.id);
    expect(data).to.deep.include({ reason: 'not_an_image', attempt: 1, detail: 'x'.repeat(1_000) });
    const retried = await performed(failWith('source_unavailable'));
    expect(retried.outcome).to.equal('retried');
    expect(await stores.viewOf(retried.id)).to.include({ status: 'waiting', lane: 'url', attempts: '1' });
  });

  it('tells a connection what became of its imports, and nobody else’s', async () => {
    const params = { content_document_id: '0694I000008HV8MQAW' };
    await performed(failWith('connection_refused'), await claim(params));
    await performed(give, await claim(params));
    await performed(failWith('source_unavailable'));
    expect(told).to.deep.equal(['connection_refused', null]);
    // Nothing was asked to see that the id is wrong.
    await performed(failWith('source_not_found'), await claim({ content_document_id: '0694I000008HV8MQAX' }));
    expect(told.length).to.equal(2);
  });

  it('forgets the credentials when the import ends, and not sooner', async () => {
    const sealed = () => claim(URL_PARAMS, ['headers[Authorization]']);
    const ids = [
      (await performed(give, await sealed())).id,
      (await performed(failWith('source_forbidden'), await sealed())).id,
    ];
    await performed(failWith('source_unavailable'), await sealed());
    await performed(failWith('storage_unavailable'), await sealed());
    await performed(give);
    expect(forgotten).to.deep.equal(ids);
  });

  it('says so if a store of the service is away, which uses up no attempt', async () => {
    for (const parts of [
      { blobs: { keep: () => Promise.reject(new StorageUnavailable('the bucket s3://inner is away')) } },
      { drafts: { begin: () => Promise.reject(new StorageUnavailable('/inner is away')) } },
      { credentialsOf: () => Promise.reject(new SealedUnavailable('/inner is away')) },
      { credentialsOf: () => Promise.reject(new LogUnavailable('/inner is away')) },
    ]) {
      const { outcome, id } = await performed(give, await claim(URL_PARAMS, ['url']), parts);
      expect(outcome).to.equal('storage_unavailable');
      const view = await stores.viewOf(id);
      expect(view).to.include({ status: 'waiting', reason: 'storage_unavailable', attempts: '0' });
      expect(view.detail).not.to.contain('inner');
    }
    expect(faults).to.deep.equal([]);
  });

  it('tells operators why the bytes of an import under way cannot be kept', async () => {
    const drafts = new Drafts({ folder: join(directory.path, 'missing', 'tmp'), limitBytes: 1 });
    const { outcome } = await performed(give, await claim(), { drafts });
    expect(outcome).to.equal('storage_unavailable');
    const [warned] = warnings as [Error];
    expect(warned.cause).to.have.property('code', 'ENOENT');
    expect(keeping.trouble?.reason).to.match(/cannot keep the bytes just now/);
    await performed(give);
    expect(keeping.trouble).to.equal(null);
  });

  it('logs a fault of the service, and tries again later', async () => {
    const fault = new TypeError('x is not a function');
    const { outcome, id } = await performed((fetching) => fetching.fail(fault));
    expect(outcome).to.equal('retried');
    expect(faults).to.deep.equal([{ err: fault, import: id }]);
    const { reason, detail } = await stores.viewOf(id);
    expect([reason, detail]).to.deep.equal([
      'source_unavailable',
      'The attempt failed by a fault of the service, which has logged it.',
    ]);
  });

  it('records a failure without its calls if they are too large', async () => {
    const fail: Claims['fail'] = (own, failed, ...rest) =>
      failed.calls.length > 0 ? Promise.reject(new AppendTooLarge(1)) : claims.fail(own, failed, ...rest);
    const on = (fetching: Fetching) => {
      fetching.progress.called({ request: 'GET x', status: 200, error: null, at: METADATA.occurred_at, ms: 1 });
      failWith('not_an_image')(fetching);
    };
    const parts = { claims: { fail, complete: claims.complete.bind(claims), giveBack: claims.giveBack.bind(claims) } };
    const { outcome, id } = await performed(on, undefined, parts);
    expect(outcome).to.equal('failed');
    expect((await stores.last(id)).data).to.deep.include({ reason: 'not_an_image', calls: [] });
  });

  it('gives back what it does when it ends, and does nothing more', async () => {
    const performer = performerWith();
    const own = await claim();
    const performing = perform(performer, own);
    await until('it is fetched', () => source.begun.length === 1);
    expect(performer.attempts).to.equal(1);
    expect(performer.attemptAt(own.importId)).not.to.equal(null);
    performer.endAll();
    expect(await performing).to.equal('given_back');
    const later = await claim();
    expect(await perform(performer, later)).to.equal('given_back');
    expect(performer.attempts).to.equal(0);
    for (const { importId } of [own, later]) {
      expect(await stores.viewOf(importId)).to.include({ status: 'waiting', attempts: '0', reason: 'worker_lost' });
    }
    expect(forgotten).to.deep.equal([]);
  });

  it('records nothing of an import that somebody else has', async () => {
    const performer = performerWith();
    const own = await claim();
    const performing = perform(performer, own);
    const fetching = await until('it is fetched', () => source.begun[0]);
    const { importId, revision } = own;
    const options = { worker: 'other', seconds: 120, lostClaim: revision };
    const others = (await claims.claim(importId, options)) as Claim;
    await fetching.give();
    expect(await performing).to.equal('lost');
    // Of another worker, of which this one has heard.
    const second = perform(performer, others);
    await until('it is fetched', () => source.begun.length === 2);
    performer.attemptAt(importId)?.end('over');
    expect(await second).to.equal('lost');
    expect(await stores.course(importId)).to.deep.equal(['Requested', 'Started', 'Started']);
    expect(ended.map(({ outcome }) => outcome)).to.deep.equal(['lost', 'lost']);
  });

  it('rejects if the result cannot be recorded, and works on nothing then', async () => {
    const within = (own: Claim, brought: Brought) => claims.complete(own, brought, {}, 100);
    const { fail, giveBack } = claims;
    const performer = performerWith({ claims: { complete: within, fail, giveBack } });
    const own = await claim();
    source.onBegin = (fetching) => {
      stores.faults.append = 'before';
      give(fetching);
    };
    expect(await rejectionOf(perform(performer, own))).to.be.instanceOf(LogUnavailable);
    expect(performer.attempts).to.equal(0);
  });
});
