import { join } from 'node:path';
import { expect } from 'chai';
import { importDecider } from '../../src/commands/import.ts';
import { streamName } from '../../src/events/streams.ts';
import { StorageUnavailable } from '../../src/importer/blobs/blob-store.ts';
import { ImportFailure } from '../../src/importer/import-failure.ts';
import { until } from '../support/until.ts';
import type { FakeSource } from './world/fake-source.ts';
import { A, B, World } from './world/world.ts';

describe('the importer', () => {
  let world: World;

  beforeEach(async () => {
    world = await new World().open();
  });

  afterEach(() => world.close());

  /** Lets time pass, a little at a time, until something holds. */
  const pass = async <T>(what: string, condition: () => T | Promise<T>, mostMs = 10_000) => {
    const endMs = world.clock.elapsed() + mostMs;
    return until(what, async () => {
      const value = await condition();
      if (value !== false && value !== null && value !== undefined) return value;
      if (world.clock.elapsed() < endMs) await world.clock.pass(mostMs / 400);
      return null;
    });
  };
  const asked = (source: FakeSource, count: number) =>
    pass(`${count} are asked for`, () => source.fetching.length === count);
  const ended = (id: string, mostMs?: number) =>
    pass(
      'it has ended',
      async () => {
        const types = await world.types(id);
        return ['Succeeded', 'Failed'].includes(types.at(-1) ?? '') ? types : null;
      },
      mostMs,
    );

  it('performs what waits when it starts, and what is asked for later within a second', async () => {
    const before = await world.request();
    const { source, importer, ended: attempts } = world.started();
    source.isQuick = true;
    expect(await ended(before)).to.deep.equal(['Started', 'Succeeded']);
    const beganAtMs = world.clock.elapsed();
    const after = await world.request();
    expect(await ended(after)).to.deep.equal(['Started', 'Succeeded']);
    expect(world.clock.elapsed() - beganAtMs).to.be.below(1_000);
    await pass('nothing is under way', () => importer.running() === 0);
    expect(attempts.map(({ outcome, source: from }) => `${outcome} from ${from}`)).to.deep.equal([
      'succeeded from url',
      'succeeded from url',
    ]);
  });

  it('says how much of an image has come', async () => {
    const id = await world.request();
    const { source, importer } = world.started();
    await asked(source, 1);
    expect(importer.progressOf(id)).to.deep.equal({ received: 0, expected: null });
    expect(importer.running()).to.equal(1);
    await source.fetching[0]?.give();
    await ended(id);
    await pass('nothing is under way', () => importer.progressOf(id) === null);
  });

  it('does no more at once than it may, and no more for one organization, one after the other', async () => {
    for (let count = 0; count < 8; count += 1) await world.request(A);
    for (let count = 0; count < 2; count += 1) await world.request(B);
    const { source } = world.started({ concurrency: 5, perOrganization: 3 });
    await asked(source, 5);
    const of = (organization: string) => source.fetching.filter(({ wanted }) => wanted.organizationId === organization);
    expect(of(A)).to.have.length(3);
    expect(of(B)).to.have.length(2);
    await of(A)[0]?.give();
    await pass('the next one of A is asked for', () => source.asked.length === 6);
    expect(of(A)).to.have.length(3);
    await of(B)[0]?.give();
    await of(B)[0]?.give();
    await pass('B has ended', () => of(B).length === 0);
    await world.clock.pass(10_000);
    expect(of(A)).to.have.length(3);
  });

  it('tries again later what did not succeed, at its time', async () => {
    const id = await world.request();
    const { source } = world.started();
    await asked(source, 1);
    source.fetching[0]?.fail(new ImportFailure('source_unavailable', 'It was away.'));
    await pass('it is recorded', async () => (await world.types(id)).length === 2);
    await world.clock.pass(9_000);
    expect(source.asked).to.have.length(1);
    await pass('it is tried again', () => source.asked.length === 2, 1_500);
    await source.fetching[0]?.give();
    expect(await ended(id)).to.deep.equal(['Started', 'RetryScheduled', 'Started', 'Succeeded']);
  });

  it('fails at once what will never succeed, also what names no source', async () => {
    const [id, without] = [await world.request(), await world.request(B, { filename: '1.png' })];
    const { source } = world.started();
    await asked(source, 1);
    source.fetching[0]?.fail(new ImportFailure('source_not_found', 'It is not there.'));
    expect(await ended(id)).to.deep.equal(['Started', 'Failed']);
    expect(await ended(without)).to.deep.equal(['Started', 'Failed']);
    expect((await world.story(without)).at(-1)?.data).to.include({ reason: 'source_missing' });
  });

  it('tells nobody where its own faults are, but its log', async () => {
    const id = await world.request();
    const { source } = world.started();
    await asked(source, 1);
    source.fetching[0]?.fail(new TypeError('undefined is no function of /srv/secret.ts'));
    await pass('it is recorded', async () => (await world.types(id)).length === 2);
    expect((await world.story(id)).at(-1)?.data).to.deep.include({
      reason: 'source_unavailable',
      detail: 'The attempt failed by a fault of the service, which has logged it.',
    });
    expect(world.warnings.join()).to.match(/a fault of the service/);
  });

  it('ends what was cancelled, and records nothing of it', async () => {
    const id = await world.request();
    const { source, importer } = world.started();
    await asked(source, 1);
    const context = { organization_id: A, request_id: 'cancel' };
    await world.execute(importDecider, streamName('import', id), { type: 'CancelImport' }, context);
    await pass('nothing is under way', () => importer.running() === 0);
    expect(source.fetching[0]?.signal.aborted).to.equal(true);
    await world.clock.pass(5_000);
    expect(await world.types(id)).to.deep.equal(['Started', 'Cancelled']);
  });

  it('waits while nothing can be kept, tries with one, and goes on by itself', async () => {
    let isFull = true;
    const keep = async () => {
      if (isFull) throw new StorageUnavailable('the disk of /srv/images is full');
    };
    const ids = [];
    for (let count = 0; count < 5; count += 1) ids.push(await world.request());
    const { source, ended: attempts } = world.started({ keep });
    source.isQuick = true;
    await pass('all have failed', () => attempts.length === 5);
    expect(attempts.map(({ outcome, reason }) => `${outcome} ${reason}`)).to.include('retried storage_unavailable');
    const [first = ''] = ids;
    expect((await world.story(first)).at(-1)?.data).to.include({
      ...{ reason: 'storage_unavailable', attempt: 0 },
      detail: 'The service cannot reach its own stores just now.',
    });
    const beganAtMs = world.clock.elapsed();
    await pass('it was tried with one', () => attempts.length === 8, 100_000);
    expect(world.clock.elapsed() - beganAtMs).to.be.above(30_000);
    isFull = false;
    for (const id of ids) expect((await ended(id, 100_000)).at(-1)).to.equal('Succeeded');
    expect((await world.story(first)).at(-1)?.data).to.include({ attempt: 1 });
  });

  it('goes on by itself after the log was away', async () => {
    const id = await world.request();
    world.isLogAway = true;
    const { source } = world.started();
    source.isQuick = true;
    await pass('it has tried', () => world.asked.streams > 5);
    world.isLogAway = false;
    expect((await ended(id)).at(-1)).to.equal('Succeeded');
    expect(world.warnings.filter((line) => line.includes('performing imports waits'))).to.have.length(1);
  });

  it('goes on by itself after the read model was away', async () => {
    let isAway = true;
    const id = await world.request();
    const { work } = world.readModel;
    const readModel = {
      getMany: world.readModel.getMany.bind(world.readModel),
      work: {
        ...work,
        organizationsWithWork: async (...asked: Parameters<typeof work.organizationsWithWork>) => {
          if (isAway) throw new Error('the test says so');
          return work.organizationsWithWork(...asked);
        },
      },
    };
    const { source } = world.started({ readModel });
    source.isQuick = true;
    await world.clock.pass(1_000);
    expect(await world.types(id)).to.deep.equal([]);
    isAway = false;
    expect((await ended(id)).at(-1)).to.equal('Succeeded');
  });

  it('takes nothing from what is closed, and goes on when that changes', async () => {
    let isOpen = false;
    const id = await world.request(A, { content_document_id: '0694I000008HV8MQAW' });
    const other = await world.request(A);
    const { source, importer } = world.started({
      closed: (_organization, lane) => (isOpen || lane !== 'salesforce' ? null : { untilMs: null }),
    });
    source.isQuick = true;
    await ended(other);
    await world.clock.pass(20_000);
    expect(await world.types(id)).to.deep.equal([]);
    isOpen = true;
    importer.connectionChanged(A);
    expect((await ended(id)).at(-1)).to.equal('Succeeded');
  });

  it('gives back what it has not done when it stops, so that another worker goes on at once', async () => {
    const id = await world.request();
    const { source, importer } = world.started();
    await asked(source, 1);
    const other = world.started();
    const stopped = importer.stop(4_000);
    await world.clock.pass(2_500);
    await asked(other.source, 1);
    await other.source.fetching[0]?.give();
    expect(await ended(id)).to.deep.equal(['Started', 'RetryScheduled', 'Started', 'Succeeded']);
    expect((await world.story(id)).at(-1)?.data).to.include({ attempt: 1 });
    await stopped;
  });

  it('finishes what is nearly done when it stops', async () => {
    const id = await world.request();
    const { source, importer } = world.started();
    await asked(source, 1);
    const stopped = importer.stop(4_000);
    await world.clock.pass(1_000);
    await source.fetching[0]?.give();
    expect(await ended(id)).to.deep.equal(['Started', 'Succeeded']);
    await stopped;
    expect(source.asked).to.have.length(1);
  });

  it('performs nothing while it is off', async () => {
    const id = await world.request();
    const { importer } = world.started({ isOn: false });
    importer.connectionChanged(A);
    await world.clock.pass(10_000);
    expect(await world.types(id)).to.deep.equal([]);
    expect(importer.isOn).to.equal(false);
  });

  describe('and the claims of others', () => {
    it('takes over what a worker has not done in its time', async () => {
      const id = await world.request();
      await world.claims.claim(id, { worker: 'dead', seconds: 120, lostClaim: null });
      const alive = world.started();
      await world.clock.pass(115_000);
      expect(alive.source.asked).to.deep.equal([]);
      await pass('it is taken over', () => alive.source.asked.length === 1, 10_000);
      await alive.source.fetching[0]?.give();
      expect(await ended(id)).to.deep.equal(['Started', 'Started', 'Succeeded']);
    });

    it('lets a late result count no more', async () => {
      const id = await world.request();
      const frozen = world.started({ attemptSeconds: 1_000 });
      await asked(frozen.source, 1);
      const { fetching } = frozen.source;
      const claim = (await world.story(id)).at(-1);
      const taken = await world.claims.claim(id, { worker: 'another', seconds: 60, lostClaim: claim?.revision ?? 0 });
      expect(taken).not.to.equal(null);
      await fetching[0]?.give();
      await pass('it has noticed', () => frozen.ended.length === 1);
      expect(frozen.ended[0]?.outcome).to.equal('lost');
      expect(await world.types(id)).to.deep.equal(['Started', 'Started']);
    });

    it('takes over at once what an earlier start in its folder had', async () => {
      const folder = join(world.directory.path, 'importer.lock');
      const id = await world.request();
      const before = world.worker({ folder });
      expect(before.lock.tryTake()).to.equal(true);
      await world.claims.claim(id, { worker: before.lock.worker, seconds: 120, lostClaim: null });
      before.lock.close();
      const { source } = world.started({ folder });
      source.isQuick = true;
      const beganAtMs = world.clock.elapsed();
      expect(await ended(id)).to.deep.equal(['Started', 'Started', 'Succeeded']);
      expect(world.clock.elapsed() - beganAtMs).to.be.below(1_000);
    });

    it('takes over nothing of another folder, nor of its own while another process has its lock', async () => {
      const folder = join(world.directory.path, 'importer.lock');
      const id = await world.request();
      const holder = world.worker({ folder });
      holder.lock.tryTake();
      await world.claims.claim(id, { worker: holder.lock.worker, seconds: 120, lostClaim: null });
      const [beside, elsewhere] = [world.started({ folder }), world.started()];
      await world.clock.pass(110_000);
      expect([...beside.source.asked, ...elsewhere.source.asked]).to.deep.equal([]);
      holder.lock.close();
      await pass('the lock is taken', () => beside.source.asked.length === 1, 6_000);
    });

    it('steals nothing though its time of day is ahead', async () => {
      const id = await world.request();
      const { source } = world.started();
      await asked(source, 1);
      const ahead = world.started({ aheadMs: 300_000 });
      await world.clock.pass(100_000);
      expect(ahead.source.asked).to.deep.equal([]);
      await source.fetching[0]?.give();
      expect(await ended(id)).to.deep.equal(['Started', 'Succeeded']);
    });

    it('fails what five workers in a row have not come to an end of', async () => {
      const id = await world.request();
      let lostClaim: number | null = null;
      for (let count = 0; count < 5; count += 1) {
        const claim = await world.claims.claim(id, { worker: `w${count}`, seconds: 1, lostClaim });
        lostClaim = claim?.revision ?? null;
      }
      world.started();
      const types = await ended(id);
      expect(types).to.deep.equal(['Started', 'Started', 'Started', 'Started', 'Started', 'Failed']);
      expect((await world.story(id)).at(-1)?.data).to.include({ reason: 'worker_lost' });
    });
  });

  it('performs nothing that came before its mark, asks for each of it once, and performs what comes after', async () => {
    const old = [];
    for (let count = 0; count < 40; count += 1) old.push(await world.request());
    world.performedAfter = 40n;
    const { source } = world.started();
    source.isQuick = true;
    const id = await world.request();
    expect((await ended(id)).at(-1)).to.equal('Succeeded');
    for (const one of old) expect(await world.types(one)).to.deep.equal([]);
    const readBefore = world.asked.streams;
    await world.clock.pass(60_000);
    expect(world.asked.streams - readBefore).to.equal(0);
  });

  it('asks of the read model no more however many wait for one organization that is closed', async () => {
    for (let count = 0; count < 200; count += 1) await world.request(A, { content_document_id: '0694I000008HV8MQAW' });
    let questions = 0;
    const counted = <T extends (...asked: never[]) => unknown>(ask: T) =>
      ((...asked: never[]) => {
        questions += 1;
        return ask(...asked);
      }) as T;
    const { work } = world.readModel;
    const { source } = world.started({
      readModel: {
        getMany: world.readModel.getMany.bind(world.readModel),
        work: { ...work, due: counted(work.due), organizationsWithWork: counted(work.organizationsWithWork) },
      },
      closed: (_organization, lane) => (lane === 'salesforce' ? { untilMs: null } : null),
    });
    source.isQuick = true;
    await world.clock.pass(1_000);
    questions = 0;
    await world.clock.pass(60_000);
    expect(questions).to.be.at.most(12 * 5);
    const other = await world.request(B);
    expect((await ended(other)).at(-1)).to.equal('Succeeded');
  });
});
