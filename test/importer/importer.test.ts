import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Clock } from '../../src/clock.ts';
import { StorageUnavailable, type WholeDraft } from '../../src/importer/blobs/blob-store.ts';
import { Drafts } from '../../src/importer/blobs/draft.ts';
import { type Claim, Claims } from '../../src/importer/claims.ts';
import { FolderLock } from '../../src/importer/folder-lock.ts';
import { Importer } from '../../src/importer/importer.ts';
import type { ImporterParts } from '../../src/importer/importer-parts.ts';
import { Performer } from '../../src/importer/performer.ts';
import type { Closed } from '../../src/importer/queue.ts';
import { WAITING_LANES } from '../../src/projections/views/import-view.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeSource } from '../support/fake-source.ts';
import { type ImportStores, openImportStores } from '../support/import-stores.ts';
import { MemoryBlobs } from '../support/memory-blobs.ts';
import { imageOf } from '../support/performed.ts';
import { ORGANIZATION, OTHER_ORGANIZATION } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const SECOND_MS = 1_000;
const SOURCE = { kind: 'url', host: 'example.com', path: '/1.png' } as const;
const CLAIM = { worker: 'another worker', seconds: 120, lostClaim: null };
const THIRD_ORGANIZATION = 'c0ffee00-7d5c-4c58-9d59-6a2f7a6f4f10';

/** A worker of a test: what it asks for, and what it is given. */
interface Worker {
  readonly importer: Importer;
  readonly source: FakeSource;
  readonly blobs: MemoryBlobs;
}

describe('the importer', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let stores: ImportStores;
  let clock: FakeClock;
  const workers: Worker[] = [];

  beforeEach(async () => {
    directory = temporaryDirectory();
    stores = await openImportStores();
    clock = new FakeClock();
    // What a test asks for then is due by this clock.
    await clock.pass(60 * SECOND_MS);
  });

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => stopped(worker)));
    await stores.close();
    directory.remove();
  });

  const claimsBy = (time: Clock) => {
    const performed = async () => ({ log: stores.log.id, after: 0n });
    return new Claims({ ...stores, performed, now: () => time.now(), random: () => 0.5 });
  };

  /** Starts a worker. Each has a data folder of its own unless one is named. */
  async function start(
    parts: Partial<ImporterParts> = {},
    folder = `importer-${workers.length}.lock`,
    time: Clock = clock,
  ): Promise<Worker> {
    const [source, blobs] = [new FakeSource(), new MemoryBlobs()];
    const { log, readModel, watch } = stores;
    const claims = claimsBy(time);
    const performer = new Performer({
      ...{ claims, blobs, clock: time, sources: { url: source, salesforce: source } },
      drafts: new Drafts({ folder: directory.path, limitBytes: 1_000_000 }),
      look: async () => ({ format: 'png', contentType: 'image/png', width: 3, height: 2 }),
      credentialsOf: async () => [],
      forgetCredentials: async () => {},
      connections: { attemptEnded: () => {} },
      observer: { attemptEnded: () => {} },
      logger: { warn: () => {}, error: () => {} },
    });
    const importer = new Importer({
      ...{ isOn: true, log: log.id, readModel, claims, performer, clock: time, own: null, watch },
      lock: new FolderLock(join(directory.path, folder), log.id),
      lanes: WAITING_LANES,
      closed: () => null,
      prepare: async () => {},
      whenLevel: async () => {},
      ...{ concurrency: 20, perOrganization: 10, attemptSeconds: 120, logger: { warn: () => {} } },
      ...parts,
    });
    const worker = { importer, source, blobs };
    workers.push(worker);
    importer.start();
    return worker;
  }

  /** Stops a worker, and lets the time pass that it waits. */
  async function stopped({ importer }: Worker, stopping = importer.stop(4_000)): Promise<void> {
    let isStopped = false;
    void stopping.finally(() => {
      isStopped = true;
    });
    await until('it is stopped', async () => {
      await clock.pass(SECOND_MS);
      return isStopped;
    });
    await stopping;
  }

  const request = (organization = ORGANIZATION, params = {}) =>
    stores.request({ organization, params: { url: 'https://example.com/1.png', ...params } });
  const requests = (count: number, organization = ORGANIZATION) =>
    Promise.all(Array.from({ length: count }, () => request(organization)));
  const begun = (worker: Worker, count: number) =>
    until(`${count} are begun`, async () => {
      await clock.pass(5);
      return worker.source.begun.length >= count && worker.source.begun.slice(0, count);
    });
  /** Waits, on the clock of the test. */
  const eventually = (what: string, condition: () => Promise<unknown> | unknown, stepMs = 100) =>
    until(what, async () => {
      await clock.pass(stepMs);
      return (await condition()) as boolean;
    });
  const organizationsOf = ({ source }: Worker) => source.begun.map(({ wanted }) => wanted.organizationId);
  const statusOf = async (id: string) => (await stores.viewOf(id)).status;
  const giveAll = ({ source }: Worker) => {
    source.onBegin = (fetching) => void fetching.give();
    for (const fetching of source.begun) void fetching.give();
  };

  it('performs what waits at its start, and then what is asked for, at once', async () => {
    const first = await request();
    const worker = await start();
    await begun(worker, 1);
    giveAll(worker);
    await eventually('it succeeds', async () => (await statusOf(first)) === 'succeeded');
    const second = await request();
    const began = clock.elapsed();
    await eventually('it succeeds', async () => (await statusOf(second)) === 'succeeded', 5);
    expect(clock.elapsed() - began).to.be.lessThan(2 * SECOND_MS);
    expect(worker.source.ids).to.deep.equal([first, second]);
    expect(worker.importer.running()).to.equal(0);
  });

  it('performs nothing if it is off', async () => {
    await request();
    const worker = await start({ isOn: false });
    await clock.pass(60 * SECOND_MS);
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
      await clock.pass(20 * SECOND_MS);
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
      await clock.pass(20 * SECOND_MS);
      expect(worker.source.begun).to.have.length(18);
      const counts = Object.values(Object.groupBy(organizationsOf(worker), (each) => each)).map((each) => each?.length);
      expect(counts.sort()).to.deep.equal([6, 6, 6]);
    });

    it('lets nobody wait for one organization that has a thousand waiting', async () => {
      await requests(1_000);
      const worker = await start();
      await begun(worker, 10);
      const other = await request(OTHER_ORGANIZATION);
      const began = clock.elapsed();
      await eventually('it is begun', () => worker.source.ids.includes(other), 5);
      expect(clock.elapsed() - began).to.be.lessThan(2 * SECOND_MS);
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

  describe('beside another one', () => {
    it('performs each import once', async () => {
      const both = [await start(), await start()] as const;
      for (const worker of both) giveAll(worker);
      const ids = await requests(30);
      await eventually('all have succeeded', async () =>
        (await Promise.all(ids.map(statusOf))).every((status) => status === 'succeeded'),
      );
      for (const id of ids) expect(await stores.course(id)).to.deep.equal(['Requested', 'Started', 'Succeeded']);
      expect([...both[0].source.ids, ...both[1].source.ids].sort()).to.deep.equal([...ids].sort());
    });

    it('takes over what that does not come to an end of, when its whole time has passed', async () => {
      const [before, later] = await requests(2);
      const frozen = claimsBy(clock);
      const claims = [await frozen.claim(before as string, CLAIM)];
      const worker = await start({ perOrganization: 1 });
      const [own] = await begun(worker, 1);
      await own?.give();
      claims.push(await frozen.claim(await request(OTHER_ORGANIZATION), CLAIM));
      await clock.pass(118 * SECOND_MS);
      expect(worker.source.ids).to.deep.equal([later]);
      giveAll(worker);
      for (const claim of claims as Claim[]) {
        const { importId } = claim;
        await eventually('it is taken over', async () => (await statusOf(importId)) === 'succeeded');
        const late = { image: imageOf(importId, { bytes: 1 }), source: SOURCE, calls: [] };
        expect(await frozen.complete(claim, late)).to.equal(false);
        expect(await stores.course(importId)).to.deep.equal(['Requested', 'Started', 'Started', 'Succeeded']);
      }
    });

    it('steals nothing with a time of day that is five minutes ahead', async () => {
      const owner = await start();
      const id = await request();
      await begun(owner, 1);
      const ahead: Clock = {
        now: () => clock.now() + 300 * SECOND_MS,
        elapsed: () => clock.elapsed(),
        after: (ms, work) => clock.after(ms, work),
      };
      const hasty = await start({}, 'hasty.lock', ahead);
      await clock.pass(100 * SECOND_MS);
      expect(hasty.source.begun).to.deep.equal([]);
      expect(await stores.course(id)).to.deep.equal(['Requested', 'Started']);
      giveAll(owner);
      await eventually('it succeeds', async () => (await statusOf(id)) === 'succeeded');
    });
  });

  it('takes over at once what an earlier worker of its folder held, and of no other folder', async () => {
    const ids = await requests(2);
    const lock = new FolderLock(join(directory.path, 'folder.lock'), stores.log.id);
    const elsewhere = new FolderLock(join(directory.path, 'elsewhere.lock'), stores.log.id);
    for (const [index, of] of [lock, elsewhere].entries()) {
      of.tryTake();
      await claimsBy(clock).claim(ids[index] as string, { ...CLAIM, worker: of.worker });
      of.close();
    }
    const worker = await start({}, 'folder.lock');
    await begun(worker, 1);
    await clock.pass(60 * SECOND_MS);
    expect(worker.source.ids).to.deep.equal([ids[0]]);
    expect(await stores.course(ids[0] as string)).to.deep.equal(['Requested', 'Started', 'Started']);
    giveAll(worker);
    // The other one is lost with its time.
    await eventually('both have succeeded', async () => (await statusOf(ids[1] as string)) === 'succeeded', SECOND_MS);
    expect(await stores.viewOf(ids[1] as string)).to.include({ attempts: '2' });
  });

  it('gives back at its end what it cannot finish, and waits for what it can', async () => {
    const worker = await start();
    const [slow, quick] = await requests(2);
    const fetchings = await begun(worker, 2);
    const stopping = worker.importer.stop(4_000);
    await request();
    await fetchings.find(({ wanted }) => wanted.importId === quick)?.give();
    // Before any time passes: files and stores take as long as this machine needs.
    await until('it has succeeded', async () => (await statusOf(quick as string)) === 'succeeded');
    await stopped(worker, stopping);
    const view = await stores.viewOf(slow as string);
    expect(view).to.include({ status: 'waiting', attempts: '0', worker: null });
    expect(Date.parse(view.due_at as string)).to.be.at.most(clock.now());
    expect(worker.source.begun).to.have.length(2);
    workers.length = 0;
    const next = await start();
    await begun(next, 2);
    expect(next.source.ids).to.include(slow);
  });

  it('ends an attempt at what was cancelled, or what somebody else has', async () => {
    const worker = await start();
    const id = await request();
    const [fetching] = await begun(worker, 1);
    await claimsBy(clock).claim(id, { ...CLAIM, lostClaim: 1 });
    await eventually('it is ended', () => fetching?.signal.aborted, 5);
    await eventually('nothing is under way', () => worker.importer.running() === 0, 5);
    expect(await stores.course(id)).to.deep.equal(['Requested', 'Started', 'Started']);
  });

  describe('while a connection is paused', () => {
    it('writes nothing, asks for nothing, and goes on when it may', async () => {
      let closed: Closed | null = { untilMs: null };
      let questions = 0;
      const work = new Proxy(stores.readModel.work, {
        get: (target, name) => {
          questions += 1;
          const member = Reflect.get(target, name);
          return member.bind(target);
        },
      });
      const readModel = { work, getMany: stores.readModel.getMany.bind(stores.readModel) };
      const ids = await Promise.all(
        Array.from({ length: 50 }, () =>
          stores.request({ organization: ORGANIZATION, params: { content_document_id: '0694I000008HV8MQAW' } }),
        ),
      );
      const worker = await start({ readModel, closed: (_id, lane) => (lane === 'salesforce' ? closed : null) });
      await clock.pass(10 * SECOND_MS);
      const head = await stores.log.head();
      questions = 0;
      await clock.pass(60 * SECOND_MS);
      // The slow poll, for each lane.
      expect(questions).to.be.at.most(13 * (WAITING_LANES.length + 1));
      expect(worker.source.begun).to.deep.equal([]);
      expect(await stores.log.head()).to.equal(head);
      const other = await request(OTHER_ORGANIZATION);
      await eventually('another one is begun', () => worker.source.ids.includes(other), 5);
      closed = null;
      worker.importer.connectionChanged(ORGANIZATION);
      await begun(worker, 11);
      expect(ids).to.include.members(worker.source.ids.slice(1));
    });

    it('looks again by itself when the pause is over', async () => {
      const untilMs = clock.now() + 30 * SECOND_MS;
      await stores.request({ organization: ORGANIZATION, params: { content_document_id: '0694I000008HV8MQAW' } });
      const worker = await start({ closed: () => (clock.now() < untilMs ? { untilMs } : null) });
      await clock.pass(29 * SECOND_MS);
      expect(worker.source.begun).to.deep.equal([]);
      await clock.pass(SECOND_MS);
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
      await clock.pass(4 * SECOND_MS);
      expect(worker.source.begun.length).to.equal(first);
      await eventually('one is tried', () => worker.source.begun.length > first, 500);
      await clock.pass(4 * SECOND_MS);
      expect(worker.source.begun.length).to.equal(first + 1);
      isFull = false;
      await eventually(
        'all have succeeded',
        async () => (await Promise.all(ids.map(statusOf))).every((status) => status === 'succeeded'),
        500,
      );
      for (const id of ids) expect(await stores.viewOf(id)).to.include({ attempts: '1' });
    });
  });

  it('goes on with all others if one cannot be claimed, and tries that seldom', async () => {
    const [poison, ...others] = [await request(), ...(await requests(30))];
    const own = claimsBy(clock);
    let tries = 0;
    const claim: Claims['claim'] = async (id, options) => {
      if (id !== poison) return own.claim(id, options);
      tries += 1;
      throw new Error('an event cannot be read');
    };
    const began = clock.elapsed();
    const worker = await start({ claims: { claim } });
    giveAll(worker);
    const all = async () => (await Promise.all(others.map(statusOf))).every((status) => status === 'succeeded');
    await eventually('all others succeed', all, 5);
    await eventually('time passes', () => clock.elapsed() - began > 35 * SECOND_MS, 500);
    expect(tries).to.be.within(1, 5);
  });

  it('holds back while the log is away, and goes on', async () => {
    const worker = await start();
    giveAll(worker);
    await clock.pass(SECOND_MS);
    const id = await request();
    stores.faults.append = 'before';
    stores.faults.reads = true;
    await eventually('it was tried', () => stores.faults.refusedReads > 0, 5);
    stores.faults.append = null;
    stores.faults.reads = false;
    await eventually('it succeeds', async () => (await statusOf(id)) === 'succeeded', 500);
  });
});
