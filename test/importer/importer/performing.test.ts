import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ORGANIZATION, OTHER_ORGANIZATION } from '../../support/service.ts';
import { giveAll, importers, organizationsOf, SECOND_MS } from './importers.ts';

const THIRD_ORGANIZATION = 'c0ffee00-7d5c-4c58-9d59-6a2f7a6f4f10';

describe('the importer', () => {
  const its = importers();
  const { start, request, requests, begun, eventually, statusOf } = its;

  it('performs what waits at its start, and then what is asked for, at once', async () => {
    const first = await request();
    const worker = await start();
    await begun(worker, 1);
    giveAll(worker);
    await eventually('it succeeds', async () => (await statusOf(first)) === 'succeeded');
    const second = await request();
    const began = its.clock.elapsed();
    await eventually('it succeeds', async () => (await statusOf(second)) === 'succeeded', 5);
    expect(its.clock.elapsed() - began).to.be.lessThan(2 * SECOND_MS);
    expect(worker.source.ids).to.deep.equal([first, second]);
    expect(worker.importer.running()).to.equal(0);
  });

  it('performs nothing if it is off', async () => {
    await request();
    const worker = await start({ isOn: false });
    await its.clock.pass(60 * SECOND_MS);
    expect(worker.source.begun).to.deep.equal([]);
  });

  it('begins only when it is prepared, and tries that again', async () => {
    const id = await request();
    let tries = 0;
    const prepare = async () => {
      tries += 1;
      if (tries < 3) throw new Error('away');
    };
    const worker = await start({ prepare });
    await begun(worker, 1);
    expect([tries, worker.source.ids]).to.deep.equal([3, [id]]);
  });

  describe('with more to do than it may do at once', () => {
    it('does ten for one organization', async () => {
      await requests(30);
      const worker = await start();
      await begun(worker, 10);
      await its.clock.pass(20 * SECOND_MS);
      expect(worker.source.begun).to.have.length(10);
      expect(worker.importer.running()).to.equal(10);
      await worker.source.begun[0]?.give();
      await begun(worker, 11);
    });

    it('does eighteen in all, in turn for each organization, and keeps the last two places for others', async () => {
      for (const organization of [ORGANIZATION, OTHER_ORGANIZATION, THIRD_ORGANIZATION])
        await requests(30, organization);
      const worker = await start();
      await begun(worker, 18);
      await its.clock.pass(20 * SECOND_MS);
      expect(worker.source.begun).to.have.length(18);
      const counts = Object.values(Object.groupBy(organizationsOf(worker), (each) => each)).map((each) => each?.length);
      expect(counts.sort()).to.deep.equal([6, 6, 6]);
    });

    it('lets nobody wait for one organization that has a thousand waiting', async () => {
      await requests(1_000);
      const worker = await start();
      await begun(worker, 10);
      const other = await request(OTHER_ORGANIZATION);
      const began = its.clock.elapsed();
      await eventually('it is begun', () => worker.source.ids.includes(other), 5);
      expect(its.clock.elapsed() - began).to.be.lessThan(2 * SECOND_MS);
      expect(worker.source.begun).to.have.length(11);
    }).timeout(60_000);

    it('keeps places for others while two organizations with slow sources take all that they can', async () => {
      const worker = await start();
      await requests(30);
      await requests(30, OTHER_ORGANIZATION);
      await begun(worker, 18);
      const others = [randomUUID(), randomUUID()];
      const ids = await Promise.all(others.map((organization) => request(organization)));
      await eventually('each is begun', () => ids.every((id) => worker.source.ids.includes(id)), 5);
      expect(worker.source.begun).to.have.length(20);
    });

    it('gives the next place that becomes free to an organization that has none, if four hold all', async () => {
      const worker = await start();
      await requests(30);
      await requests(30, OTHER_ORGANIZATION);
      await begun(worker, 18);
      for (const organization of [randomUUID(), randomUUID()]) await requests(2, organization);
      await begun(worker, 20);
      const fifth = await request(THIRD_ORGANIZATION);
      await its.clock.pass(20 * SECOND_MS);
      expect(worker.source.begun).to.have.length(20);
      await worker.source.begun[0]?.give();
      await eventually('it is begun', () => worker.source.ids.includes(fifth), 5);
      expect(worker.source.begun).to.have.length(21);
    });

    it('gives one organization alone all that it may have, however many that are', async () => {
      const worker = await start({ concurrency: 6, perOrganization: 6 });
      await requests(8);
      await begun(worker, 6);
    });

    it('lets none wait for long whose organization has one slow import among quick ones', async () => {
      const worker = await start({ concurrency: 2, perOrganization: 1 });
      worker.source.onBegin = (fetching) => {
        if (fetching.wanted.organizationId === ORGANIZATION) void fetching.give();
      };
      await request(OTHER_ORGANIZATION);
      await begun(worker, 1);
      const ids = await requests(5);
      await eventually('all quick ones have succeeded', async () =>
        (await Promise.all(ids.map(statusOf))).every((status) => status === 'succeeded'),
      );
    });
  });
});
