import { expect } from 'chai';
import { StreamDeleted } from '../../src/events/errors.ts';
import { newId } from '../../src/events/new-id.ts';
import type { Claims } from '../../src/importer/claims.ts';
import { OutsideWork, type Wish } from '../../src/importer/outside-work.ts';
import type { Queued, WorkQueries } from '../../src/projections/work-queries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { describeOnEachStores } from '../support/for-each-stores.ts';
import { Performing } from '../support/performed.ts';
import { ORGANIZATION, OTHER_ORGANIZATION, testService } from '../support/service.ts';

describeOnEachStores('work for workers outside', (stores) => {
  const service = testService(() => stores.env());
  const performing = new Performing(() => service.service.services);
  const wish = (more: Partial<Wish> = {}): Wish => ({
    ...{ organizationId: ORGANIZATION, worker: 'outside.one', lanes: ['url', 'salesforce'], most: 20, seconds: 120 },
    actor: { request_id: newId() },
    ...more,
  });
  const left = new Set<string>();
  const all: string[] = [];
  const requested = async (body = 'url=https://example.com/1.jpg') =>
    all[all.push(((await (await service.post(body)).json()) as { id: string }).id) - 1] as string;

  beforeEach(() => all.splice(0).forEach((id) => void left.add(id)));

  /** What is given from now on, on a clock of its own. */
  const begun = () => {
    const { readModel, log, claims: own } = service.service.services;
    const clock = new FakeClock();
    const tried: string[] = [];
    /** Those whose streams were deleted. */
    const deleted = new Set<string>();
    const claims: Pick<Claims, 'claim'> = {
      claim(id, options) {
        tried.push(id);
        if (deleted.has(id)) return Promise.reject(new StreamDeleted(`import-${id}`));
        return own.claim(id, options);
      },
    };
    const work = new OutsideWork({ readModel, log: log.id, claims, clock, mark: async () => {} });
    // Of earlier tests, claims are left.
    const give = async (more: Partial<Wish> = {}) =>
      (await work.give(wish(more)))
        .map(({ claim }) => [claim.importId, claim.attempt] as const)
        .filter(([id]) => !left.has(id));
    return { clock, tried, deleted, work, give };
  };

  it('is what was asked for after the mark; what came before is passed over once', async () => {
    const old = [await requested(), await requested(), await requested()];
    await service.service.services.outsideWork.give(wish());
    const [first, second] = [await requested(), await requested()];
    const { give, tried } = begun();
    expect(await give({ most: 1 })).to.deep.equal([[first, 1]]);
    expect(tried).to.deep.equal([...old, first]);
    expect(await give()).to.deep.equal([[second, 1]]);
    expect(tried.slice(4)).to.deep.equal([second]);
  });

  it('is all but an import whose stream was deleted', async () => {
    const [gone, other] = [await requested(), await requested()];
    const { give, deleted } = begun();
    deleted.add(gone);
    expect(await give()).to.deep.equal([[other, 1]]);
  });

  it('is a claim that was lost: its whole time has passed here since it was seen, and its deadline is past', async () => {
    const id = await requested();
    await performing.start(id, { seconds: 60 });
    const { give, clock, work } = begun();
    expect(await give()).to.deep.equal([]);
    expect(await work.nextMs(wish())).to.be.closeTo(60_000, 1_000);
    await clock.pass(58_000);
    expect(await give()).to.deep.equal([]);
    await clock.pass(4_000);
    expect(await give({ organizationId: OTHER_ORGANIZATION })).to.deep.equal([]);
    expect(await give({ lanes: ['salesforce'] })).to.deep.equal([]);
    expect(await give()).to.deep.equal([[id, 2]]);
  });

  it('is no claim of which this node has only heard late, though its deadline is past', async () => {
    const id = await requested();
    await performing.start(id, { seconds: 0 });
    const { give, clock } = begun();
    await clock.pass(1_000);
    // Its whole time was none.
    expect(await give()).to.deep.equal([[id, 2]]);
    const other = await requested();
    await performing.start(other, { seconds: 1_800 });
    left.add(id);
    const late = begun();
    await late.clock.pass(1_900_000);
    expect(await late.give()).to.deep.equal([]);
    await late.clock.pass(1_700_000);
    expect(await late.give()).to.deep.equal([]);
    await late.clock.pass(200_000);
    expect(await late.give()).to.deep.equal([[other, 2]]);
  });

  it('is no claim that has ended in the meantime', async () => {
    const id = await requested();
    const claim = await performing.start(id, { seconds: 60 });
    const { give, clock, work } = begun();
    expect(await give()).to.deep.equal([]);
    await performing.fail(id, claim, 'not_an_image');
    await clock.pass(70_000);
    expect(await give()).to.deep.equal([]);
    expect(await work.nextMs(wish({ organizationId: OTHER_ORGANIZATION }))).to.equal(null);
  });

  it('is nothing new while the workers of the organization have very many: each node times each of their claims', async () => {
    const id = await requested();
    const { readModel, log, claims } = service.service.services;
    let held = 500;
    const running = (limit: number): Queued[] =>
      Array.from({ length: Math.min(held, limit) }, () => ({
        ...{ id: newId(), organizationId: ORGANIZATION, dueAt: '9998-01-01', expiresAt: '9998-01-01' },
      }));
    const due: WorkQueries['due'] = async (lane, organization, until, after, limit) =>
      lane.lane === 'running' ? running(limit) : readModel.work.due(lane, organization, until, after, limit);
    const work = new OutsideWork({
      ...{ log: log.id, claims, clock: new FakeClock(), mark: async () => {} },
      readModel: { get: readModel.get.bind(readModel), work: { ...readModel.work, due } },
    });
    const ids = async () => (await work.give(wish())).map(({ claim }) => claim.importId);
    expect(await ids()).to.deep.equal([]);
    held = 499;
    expect(await ids()).to.include(id);
  });

  it('comes when a retry is due', async () => {
    const id = await requested();
    await performing.fail(id, await performing.start(id), 'source_unavailable');
    const { give, clock, work } = begun();
    expect(await give()).to.deep.equal([]);
    const dueMs = (await work.nextMs(wish())) as number;
    // From 7.5 to 12.5 s, less what a busy machine took until here.
    expect(dueMs).to.be.within(1_000, 12_500);
    await clock.pass(dueMs);
    // The clock of the decider is another one.
    await performing.take(id, { type: 'CancelImport' });
    expect(await give()).to.deep.equal([]);
  });
});
