import { join } from 'node:path';
import { expect } from 'chai';
import type { Claim } from '../../../src/importer/claims.ts';
import { FolderLock } from '../../../src/importer/folder-lock.ts';
import type { Clock } from '../../../src/time/clock.ts';
import { imageOf } from '../../support/performed.ts';
import { OTHER_ORGANIZATION } from '../../support/service.ts';
import { until } from '../../support/until.ts';
import { CLAIM, giveAll, importers, SECOND_MS } from './importers.ts';

const SOURCE = { kind: 'url', host: 'example.com', path: '/1.png' } as const;

describe('the importer', () => {
  const its = importers();
  const { start, stopped, claimsBy, request, requests, begun, eventually, statusOf } = its;

  describe('beside another one', () => {
    it('performs each import once', async () => {
      const both = [await start(), await start()] as const;
      for (const worker of both) giveAll(worker);
      const ids = await requests(30);
      await eventually('all have succeeded', async () =>
        (await Promise.all(ids.map(statusOf))).every((status) => status === 'succeeded'),
      );
      for (const id of ids) expect(await its.stores.course(id)).to.deep.equal(['Requested', 'Started', 'Succeeded']);
      expect([...both[0].source.ids, ...both[1].source.ids].sort()).to.deep.equal([...ids].sort());
    });

    it('takes over what that does not come to an end of, when its whole time has passed', async () => {
      const [before, later] = await requests(2);
      const frozen = claimsBy(its.clock);
      const claims = [await frozen.claim(before as string, CLAIM)];
      const worker = await start({ perOrganization: 1 });
      const [own] = await begun(worker, 1);
      await own?.give();
      claims.push(await frozen.claim(await request(OTHER_ORGANIZATION), CLAIM));
      await its.clock.pass(118 * SECOND_MS);
      expect(worker.source.ids).to.deep.equal([later]);
      giveAll(worker);
      for (const claim of claims as Claim[]) {
        const { importId } = claim;
        await eventually('it is taken over', async () => (await statusOf(importId)) === 'succeeded', SECOND_MS);
        const late = { image: imageOf(importId, { bytes: 1 }), source: SOURCE, calls: [] };
        expect(await frozen.complete(claim, late)).to.equal(false);
        expect(await its.stores.course(importId)).to.deep.equal(['Requested', 'Started', 'Started', 'Succeeded']);
      }
    });

    it('steals nothing with a time of day that is five minutes ahead', async () => {
      const owner = await start();
      const id = await request();
      await begun(owner, 1);
      const ahead: Clock = {
        now: () => its.clock.now() + 300 * SECOND_MS,
        elapsed: () => its.clock.elapsed(),
        after: (ms, work) => its.clock.after(ms, work),
      };
      const hasty = await start({}, 'hasty.lock', ahead);
      await its.clock.pass(100 * SECOND_MS);
      expect(hasty.source.begun).to.deep.equal([]);
      expect(await its.stores.course(id)).to.deep.equal(['Requested', 'Started']);
      giveAll(owner);
      await eventually('it succeeds', async () => (await statusOf(id)) === 'succeeded');
    });
  });

  it('takes over at once what an earlier worker of its folder held, and of no other folder', async () => {
    const ids = await requests(2);
    const lock = new FolderLock(join(its.directory.path, 'folder.lock'), its.stores.log.id);
    const elsewhere = new FolderLock(join(its.directory.path, 'elsewhere.lock'), its.stores.log.id);
    for (const [index, of] of [lock, elsewhere].entries()) {
      of.tryTake();
      await claimsBy(its.clock).claim(ids[index] as string, { ...CLAIM, worker: of.worker });
      of.close();
    }
    const worker = await start({}, 'folder.lock');
    await begun(worker, 1);
    await its.clock.pass(60 * SECOND_MS);
    expect(worker.source.ids).to.deep.equal([ids[0]]);
    expect(await its.stores.course(ids[0] as string)).to.deep.equal(['Requested', 'Started', 'Started']);
    giveAll(worker);
    // The other one is lost with its time.
    await eventually('both have succeeded', async () => (await statusOf(ids[1] as string)) === 'succeeded', SECOND_MS);
    expect(await its.stores.viewOf(ids[1] as string)).to.include({ attempts: '2' });
  });

  it('gives back at its end what it cannot finish, and waits for what it can', async () => {
    const worker = await start();
    const [slow, quick] = await requests(2);
    const fetchings = await begun(worker, 2);
    await stopped(worker, async () => {
      await request();
      await fetchings.find(({ wanted }) => wanted.importId === quick)?.give();
      await until('it has succeeded', async () => (await statusOf(quick as string)) === 'succeeded');
    });
    const view = await its.stores.viewOf(slow as string);
    expect(view).to.include({ status: 'waiting', attempts: '0', worker: null });
    expect(Date.parse(view.due_at as string)).to.be.at.most(its.clock.now());
    expect(worker.source.begun).to.have.length(2);
    its.workers.length = 0;
    const next = await start();
    await begun(next, 2);
    expect(next.source.ids).to.include(slow);
  });

  it('ends an attempt at what was cancelled, or what somebody else has', async () => {
    const worker = await start();
    const id = await request();
    const [fetching] = await begun(worker, 1);
    await claimsBy(its.clock).claim(id, { ...CLAIM, lostClaim: 1 });
    await eventually('it is ended', () => fetching?.signal.aborted, 5);
    await eventually('nothing is under way', () => worker.importer.running() === 0, 5);
    expect(await its.stores.course(id)).to.deep.equal(['Requested', 'Started', 'Started']);
  });
});
