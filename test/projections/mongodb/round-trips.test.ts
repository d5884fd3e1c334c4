import { expect } from 'chai';
import type { Db } from 'mongodb';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { collectionsOf } from '../../../src/projections/mongodb/collections.ts';
import { MongoViewsForReading } from '../../../src/projections/mongodb/mongo-views-for-reading.ts';
import type { ViewWrite } from '../../../src/projections/projector-store.ts';
import { views } from '../../../src/projections/views.ts';
import { describeWithMongodb } from '../../support/mongodb.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { firstImport } from '../some-views.ts';
import { type Opened, openFresh, wayTo } from './fixture.ts';

describe('the read of a single view of many', () => {
  it('asks only for its id, which every server finds by the index', async () => {
    const filters: unknown[] = [];
    const find = (filter: unknown) => {
      filters.push(filter);
      return { toArray: async () => [] };
    };
    const findOne = async (filter: unknown) => {
      filters.push(filter);
      return { _id: 'i', organization_id: 'o', revision: 0 };
    };
    const way = wayTo({ collection: () => ({ find, findOne }) } as unknown as Db);
    const reading = new MongoViewsForReading(collectionsOf(way, 7, views), async () => {});
    await reading.getMany('import', ['i']);
    expect(await reading.get('import', 'i', 'another')).to.equal(null);
    expect(filters).to.deep.equal([{ _id: 'i' }, { _id: 'i' }]);
  });
});

describeWithMongodb('round trips to MongoDB', () => {
  let opened: Opened;

  beforeEach(async () => {
    opened = await openFresh();
  });

  afterEach(() => opened.cleanUp());

  const write = (...writes: ViewWrite[]) => opened.readModel.write({ writes });
  const over = (revision: number, { view }: ViewWrite) =>
    ({ kind: 'import', expectedRevision: revision, revision: revision + 1, view }) as ViewWrite;

  it('are one for a view that is new', async () => {
    await write(firstImport());
    expect(opened.commands).to.deep.equal(['insert']);
  });

  it('are few for many that are written at once', async () => {
    const writes = Array.from({ length: 200 }, () => firstImport());
    const outcomes = await Promise.all(writes.map((one) => write(one)));
    expect(outcomes.flat()).to.deep.equal(writes.map(() => 'written'));
    expect(opened.commands).to.deep.equal(['insert']);
    const found = await opened.readModel.getMany(
      'import',
      writes.map(({ view }) => view.id),
    );
    expect(found.size).to.equal(200);
  });

  it('are two for many if some are new and some not', async () => {
    const there = Array.from({ length: 20 }, () => firstImport());
    await write(...there);
    opened.commands.length = 0;
    const outcomes = await write(...there.map((one) => over(0, one)), ...there.map(() => firstImport()));
    expect(new Set(outcomes)).to.deep.equal(new Set(['written']));
    expect(opened.commands).to.deep.equal(['insert', 'update']);
  });

  it('are one more if some updates matched their revision and some not, and each gets its own outcome', async () => {
    const [hit, behind, absent, other] = [firstImport(), firstImport(), firstImport(), firstImport()];
    await write(hit, behind, other);
    await write(over(0, other));
    opened.commands.length = 0;
    const outcomes = await write(over(0, hit), over(4, behind), over(0, absent), over(1, other));
    expect(outcomes).to.deep.equal(['written', 'conflict', 'conflict', 'written']);
    expect(opened.commands).to.deep.equal(['update', 'find']);
  });

  it('are two for a page of imports, however long: one for the sizes, one for the imports that fit', async () => {
    await write(...Array.from({ length: 300 }, () => firstImport({ organization_id: 'o' })));
    opened.commands.length = 0;
    const { items } = await opened.readModel.list('import', { organizationId: 'o', limit: 250 });
    expect(items).to.have.length(250);
    expect(opened.commands).to.deep.equal(['find', 'find']);
  });

  it("are three for a follower's step", async () => {
    const at = (position: bigint) => ({ log: 'the log', position });
    await opened.readModel.write({ writes: [], checkpoint: { from: null, to: at(1n) } });
    const from = await opened.readModel.checkpoint();
    opened.commands.length = 0;
    const writes = Array.from({ length: 100 }, () => firstImport());
    await opened.readModel.write({ writes, checkpoint: { from, to: at(101n) } });
    expect(opened.commands).to.deep.equal(['find', 'insert', 'update']);
  });

  it('of a view that is too large for MongoDB fail only for that view', async () => {
    const tooLarge = firstImport({ params: ' '.repeat(17_000_000) });
    const [before, refused, after] = [write(firstImport()), rejectionOf(write(tooLarge)), write(firstImport())];
    expect(await Promise.all([before, after])).to.deep.equal([['written'], ['written']]);
    expect(await refused).to.be.instanceOf(ReadModelUnavailable);
  });
});
