import { expect } from 'chai';
import type { RefusalCode } from '../../src/commands/command-refused.ts';
import { importDecider } from '../../src/commands/import.ts';
import { LogUnavailable } from '../../src/events/errors.ts';
import { streamName } from '../../src/events/streams.ts';
import { type Claim, type ClaimOptions, Claims } from '../../src/importer/claims.ts';
import { METADATA } from '../support/events.ts';
import { type ImportStores, openImportStores } from '../support/import-stores.ts';
import { imageOf } from '../support/performed.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';

const SOURCE = { kind: 'url', host: 'example.com', path: '/1.jpg' } as const;
const CALL = { request: 'GET https://example.com/1.jpg', status: 200, error: null, at: METADATA.occurred_at, ms: 12 };

describe('claims', () => {
  let stores: ImportStores;
  let nowMs: number;
  let refusals: RefusalCode[];
  /** Two workers, each with its own. */
  let one: Claims;
  let other: Claims;

  beforeEach(async () => {
    stores = await openImportStores();
    // Later than what the test asks for.
    nowMs = Date.now() + 1_000;
    refusals = [];
    const performed = async () => ({ log: stores.log.id, after: 0n });
    const parts = { execute: stores.execute, log: stores.log, performed, now: () => nowMs, random: () => 0.5 };
    one = new Claims(parts);
    other = new Claims(parts);
  });

  afterEach(() => stores.close());

  const by = (worker: string, more: Partial<ClaimOptions> = {}): ClaimOptions => ({
    ...{ worker, seconds: 120, lostClaim: null, onRefused: (code) => refusals.push(code) },
    ...more,
  });
  const brought = (id: string) => ({ image: imageOf(id), source: SOURCE, calls: [CALL] });
  const failed = { reason: 'source_unavailable', detail: 'It is down.', calls: [CALL] } as const;
  const claimed = async (claims: Claims, id: string, more: Partial<ClaimOptions> = {}) =>
    (await claims.claim(id, by('a worker', more))) as Claim;

  it('are made by one of two workers that try at once', async () => {
    const id = await stores.request({ params: { url: 'https://example.com/1.jpg' } });
    const [first, second] = await Promise.all([one.claim(id, by('one')), other.claim(id, by('other'))]);
    expect([first, second].filter((claim) => claim !== null)).to.have.length(1);
    expect(refusals).to.deep.equal(['import_claimed']);
    const [, started] = await stores.story(id);
    expect(await stores.course(id)).to.deep.equal(['Requested', 'Started']);
    const claim = first ?? second;
    expect(claim).to.deep.include({
      importId: id,
      revision: 1,
      eventId: started?.id,
      attempt: 1,
      deadlineMs: nowMs + 120_000,
    });
    expect(claim?.params).to.deep.equal({ url: 'https://example.com/1.jpg' });
  });

  it('are on record with who, for how long, and what for', async () => {
    const id = await stores.request();
    await claimed(one, id);
    const [requested, started] = await stores.story(id);
    expect(started?.data).to.deep.equal({
      ...{ album_id: 'an album', attempt: 1, worker: 'a worker' },
      deadline: new Date(nowMs + 120_000).toISOString(),
    });
    expect(started?.metadata).to.deep.include({
      organization_id: METADATA.organization_id,
      $correlationId: `request of ${id}`,
      $causationId: requested?.id,
    });
  });

  it('of one import are not made again by anybody who does not take the very claim for lost', async () => {
    const id = await stores.request();
    const { revision } = await claimed(one, id);
    expect(await other.claim(id, by('other', { lostClaim: revision - 1 }))).to.equal(null);
    expect(await other.claim(id, by('other', { lostClaim: revision + 1 }))).to.equal(null);
    expect(await other.claim(id, by('other', { lostClaim: revision }))).to.deep.include({ attempt: 2, revision: 2 });
    expect(await one.claim(id, by('one', { lostClaim: revision }))).to.equal(null);
    expect(await stores.course(id)).to.deep.equal(['Requested', 'Started', 'Started']);
  });

  it('that were taken over give no result: not the image, no failure, and they are not given back', async () => {
    const id = await stores.request();
    const late = await claimed(one, id);
    const held = await claimed(other, id, { lostClaim: late.revision });
    expect(await one.complete(late, brought(id))).to.equal(false);
    expect(await one.fail(late, failed)).to.equal(null);
    expect(await one.giveBack(late, [])).to.equal(false);
    expect(await other.complete(held, brought(id))).to.equal(true);
    expect(await one.complete(late, brought(id))).to.equal(false);
    expect(await stores.course(id)).to.deep.equal(['Requested', 'Started', 'Started', 'Succeeded']);
  });

  it('give no result after the import was cancelled, and after it was asked for again', async () => {
    const id = await stores.request();
    const claim = await claimed(one, id);
    const context = { organization_id: METADATA.organization_id, request_id: 'x' };
    await stores.execute(importDecider, streamName('import', id), { type: 'CancelImport' }, context);
    expect(await one.complete(claim, brought(id))).to.equal(false);
    const retry = { type: 'RetryImport', reason: null, adoptedBy: null } as const;
    await stores.execute(importDecider, streamName('import', id), retry, context);
    expect(await one.complete(claim, brought(id))).to.equal(false);
    expect(await stores.course(id)).to.deep.equal(['Requested', 'Started', 'Cancelled', 'RetryRequested']);
  });

  it('give one result, however often it is reported', async () => {
    const id = await stores.request();
    const claim = await claimed(one, id);
    expect(await one.complete(claim, brought(id))).to.equal(true);
    expect(await one.complete(claim, brought(id))).to.equal(true);
    // Another process knows of it only what is on record.
    expect(await other.complete(claim, brought(id))).to.equal(true);
    expect(await one.fail(claim, failed)).to.equal(null);
    expect(await stores.course(id)).to.deep.equal(['Requested', 'Started', 'Succeeded']);
    expect((await stores.last(id)).data).to.deep.equal({ album_id: 'an album', attempt: 1, ...brought(id) });
  });

  it('are followed by the next attempt when that is due, or at once when they are given back', async () => {
    const id = await stores.request();
    expect(await one.fail(await claimed(one, id), failed)).to.equal('retried');
    expect(await one.claim(id, by('one'))).to.equal(null);
    expect(refusals).to.deep.equal(['import_not_due']);
    nowMs += 10_000;
    const second = await claimed(one, id);
    expect(second.attempt).to.equal(2);
    expect(await one.giveBack(second, [])).to.equal(true);
    expect(await claimed(one, id)).to.deep.include({ attempt: 2 });
  });

  it('are held by whoever has the id of their event, and until they are over', async () => {
    const id = await stores.request();
    const claim = await claimed(one, id);
    expect(await other.held(id, claim.eventId)).to.deep.equal(claim);
    const next = await claimed(other, id, { lostClaim: claim.revision });
    expect(await one.held(id, claim.eventId)).to.equal(null);
    await other.fail(next, failed);
    expect(await other.held(id, next.eventId)).to.equal(null);
    expect(await other.held('0b7a5c7e-2f55-4a0e-9c0b-4b7d6f9d2a11', next.eventId)).to.equal(null);
  });

  it('are not made of an import that was asked for before the mark', async () => {
    const id = await stores.request();
    const after = await stores.log.head();
    const performed = async () => ({ log: stores.log.id, after });
    const later = new Claims({ execute: stores.execute, log: stores.log, performed });
    expect(await later.claim(id, by('one'))).to.equal(null);
    expect(refusals).to.deep.equal(['import_not_performed']);
    expect(await later.claim(await stores.request(), by('one'))).to.include({ attempt: 1 });
  });

  describe('of unknown outcome', () => {
    it('are read before anything is done', async () => {
      const id = await stores.request();
      stores.faults.append = 'after';
      const claim = await claimed(one, id);
      const started = (await stores.story(id)).at(-1);
      expect(claim).to.deep.include({ revision: 1, eventId: started?.id, worker: 'a worker' });
      expect(await stores.course(id)).to.deep.equal(['Requested', 'Started']);
      stores.faults.append = null;
      expect(await one.complete(claim, brought(id))).to.equal(true);
    });

    it('are none if they were not written', async () => {
      const id = await stores.request();
      stores.faults.append = 'before';
      expect(await one.claim(id, by('one'))).to.equal(null);
      expect(await stores.course(id)).to.deep.equal(['Requested']);
    });

    it('are none if somebody else has the import', async () => {
      const id = await stores.request();
      const { revision } = await claimed(one, id);
      stores.faults.append = 'before';
      expect(await other.claim(id, by('other', { lostClaim: revision }))).to.equal(null);
    });

    it('are waited for while the log cannot be read either', async () => {
      const id = await stores.request();
      stores.faults.append = 'after';
      const claiming = claimed(one, id);
      await until('it is written', async () => (await stores.course(id)).length === 2);
      stores.faults.reads = true;
      await until('it was looked for', () => stores.faults.refusedReads >= 2);
      stores.faults.reads = false;
      expect(await claiming).to.include({ revision: 1 });
    });

    it('of results are found out: what was written counts once', async () => {
      const id = await stores.request();
      const claim = await claimed(one, id);
      stores.faults.append = 'after';
      expect(await one.complete(claim, brought(id), {}, 1_000)).to.equal(true);
      expect(await stores.course(id)).to.deep.equal(['Requested', 'Started', 'Succeeded']);
    });

    it('of results are tried for so long, and then nobody knows', async () => {
      const id = await stores.request();
      const claim = await claimed(one, id);
      stores.faults.append = 'before';
      expect(await rejectionOf(one.complete(claim, brought(id), {}, 100))).to.be.instanceOf(LogUnavailable);
      expect(await rejectionOf(one.fail(claim, failed, {}, 100))).to.be.instanceOf(LogUnavailable);
      stores.faults.append = null;
      expect(await one.fail(claim, failed)).to.equal('retried');
    });
  });
});
