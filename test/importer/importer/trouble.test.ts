import { expect } from 'chai';
import { StorageUnavailable, type WholeDraft } from '../../../src/importer/blobs/blob-store.ts';
import type { Claims } from '../../../src/importer/claims.ts';
import type { Closed } from '../../../src/importer/queue.ts';
import { WAITING_LANES } from '../../../src/projections/views/import-view.ts';
import { ORGANIZATION, OTHER_ORGANIZATION } from '../../support/service.ts';
import { giveAll, importers, SECOND_MS } from './importers.ts';

describe('the importer', () => {
  const its = importers();
  const { start, claimsBy, request, requests, begun, eventually, statusOf } = its;

  describe('while a connection is paused', () => {
    it('writes nothing, asks for nothing, and goes on when it may', async () => {
      let closed: Closed | null = { untilMs: null };
      let questions = 0;
      const work = new Proxy(its.stores.readModel.work, {
        get: (target, name) => {
          questions += 1;
          const member = Reflect.get(target, name);
          return member.bind(target);
        },
      });
      const readModel = { work, getMany: its.stores.readModel.getMany.bind(its.stores.readModel) };
      const ids = await Promise.all(
        Array.from({ length: 50 }, () =>
          its.stores.request({ organization: ORGANIZATION, params: { content_document_id: '0694I000008HV8MQAW' } }),
        ),
      );
      const worker = await start({ readModel, closed: (_id, lane) => (lane === 'salesforce' ? closed : null) });
      await its.clock.pass(10 * SECOND_MS);
      const head = await its.stores.log.head();
      questions = 0;
      await its.clock.pass(60 * SECOND_MS);
      // The slow poll, for each lane.
      expect(questions).to.be.at.most(13 * (WAITING_LANES.length + 1));
      expect(worker.source.begun).to.deep.equal([]);
      expect(await its.stores.log.head()).to.equal(head);
      const other = await request(OTHER_ORGANIZATION);
      await eventually('another one is begun', () => worker.source.ids.includes(other), 5);
      closed = null;
      worker.importer.connectionChanged(ORGANIZATION);
      await begun(worker, 11);
      expect(ids).to.include.members(worker.source.ids.slice(1));
    });

    it('looks again by itself when the pause is over', async () => {
      const untilMs = its.clock.now() + 30 * SECOND_MS;
      await its.stores.request({ organization: ORGANIZATION, params: { content_document_id: '0694I000008HV8MQAW' } });
      const worker = await start({ closed: () => (its.clock.now() < untilMs ? { untilMs } : null) });
      await its.clock.pass(29 * SECOND_MS);
      expect(worker.source.begun).to.deep.equal([]);
      await its.clock.pass(SECOND_MS);
      await begun(worker, 1);
    });
  });

  describe('while bytes cannot be kept', () => {
    it('holds back, tries one after a while, and goes on', async () => {
      const ids = await requests(30);
      const worker = await start();
      let isFull = true;
      const keep = worker.blobs.keep.bind(worker.blobs);
      worker.blobs.keep = async (draft: WholeDraft) => {
        if (isFull) throw new StorageUnavailable('the disk is full');
        await keep(draft);
      };
      giveAll(worker);
      await begun(worker, 10);
      await eventually('nothing is under way', () => worker.importer.running() === 0, 5);
      const first = worker.source.begun.length;
      await its.clock.pass(4 * SECOND_MS);
      expect(worker.source.begun.length).to.equal(first);
      await eventually('one is tried', () => worker.source.begun.length > first, 500);
      await its.clock.pass(4 * SECOND_MS);
      expect(worker.source.begun.length).to.equal(first + 1);
      isFull = false;
      await eventually(
        'all have succeeded',
        async () => (await Promise.all(ids.map(statusOf))).every((status) => status === 'succeeded'),
        500,
      );
      for (const id of ids) expect(await its.stores.viewOf(id)).to.include({ attempts: '1' });
    });
  });

  it('goes on with all others if one cannot be claimed, and tries that seldom', async () => {
    const [poison, ...others] = [await request(), ...(await requests(30))];
    const own = claimsBy(its.clock);
    let tries = 0;
    const claim: Claims['claim'] = async (id, options) => {
      if (id !== poison) return own.claim(id, options);
      tries += 1;
      throw new Error('an event cannot be read');
    };
    const began = its.clock.elapsed();
    const worker = await start({ claims: { claim } });
    giveAll(worker);
    const all = async () => (await Promise.all(others.map(statusOf))).every((status) => status === 'succeeded');
    await eventually('all others succeed', all, 5);
    await eventually('time passes', () => its.clock.elapsed() - began > 35 * SECOND_MS, 500);
    expect(tries).to.be.within(1, 5);
  });

  it('holds back while the log is away, and goes on', async () => {
    const worker = await start();
    giveAll(worker);
    await its.clock.pass(SECOND_MS);
    const id = await request();
    its.stores.faults.append = 'before';
    its.stores.faults.reads = true;
    await eventually('it was tried', () => its.stores.faults.refusedReads > 0, 5);
    its.stores.faults.append = null;
    its.stores.faults.reads = false;
    await eventually('it succeeds', async () => (await statusOf(id)) === 'succeeded', 500);
  });
});
