import { expect } from 'chai';
import { BSON, FindCursor } from 'mongodb';
import type { ListPage } from '../../../src/projections/queries.ts';
import { describeWithMongodb } from '../../support/mongodb.ts';
import { firstImport } from '../some-views.ts';
import { type Opened, openFresh } from './fixture.ts';

const PARAMS = JSON.stringify('x'.repeat(100_000));

describeWithMongodb('a page of large imports from MongoDB', () => {
  const { toArray } = FindCursor.prototype;
  let opened: Opened;
  /** In the documents that the driver gave. */
  let bytes = 0;

  before(() => {
    FindCursor.prototype.toArray = async function () {
      const documents = await toArray.call(this);
      for (const document of documents) bytes += BSON.calculateObjectSize(document);
      return documents;
    };
  });

  after(() => {
    FindCursor.prototype.toArray = toArray;
  });

  beforeEach(async () => {
    opened = await openFresh();
    await opened.readModel.write({
      writes: Array.from({ length: 10 }, () => firstImport({ organization_id: 'o', params: PARAMS })),
    });
    bytes = 0;
  });

  afterEach(() => opened.cleanUp());

  const list = (): Promise<ListPage<'import'>> =>
    opened.readModel.list('import', { organizationId: 'o', limit: 50, maxCharacters: 250_000 });

  it('reads the imports that it returns, and only the sizes of the others', async () => {
    expect((await list()).items).to.have.length(2);
    expect(bytes).to.be.within(2 * PARAMS.length, 2.1 * PARAMS.length);
  });

  it('holds only one import if its size is not known', async () => {
    await opened.collection('imports').updateMany({}, { $unset: { params_length: '' } });
    const { items, isLast } = await list();
    expect([items.length, isLast]).to.deep.equal([1, false]);
    expect(bytes).to.be.within(PARAMS.length, 1.1 * PARAMS.length);
  });

  it('has a next page if an import that arrives meanwhile pushes another off its end', async () => {
    await opened.collection('imports').deleteMany({});
    const write = (createdAt: string) =>
      opened.readModel.write({ writes: [firstImport({ organization_id: 'o', created_at: createdAt })] });
    await write('2020-01-01T00:00:00.000Z');
    await write('2020-01-02T00:00:00.000Z');
    let finds = 0;
    const counting = FindCursor.prototype.toArray;
    FindCursor.prototype.toArray = async function () {
      finds += 1;
      if (finds === 2) await write('2020-01-03T00:00:00.000Z');
      return counting.call(this);
    };
    try {
      const { items, isLast } = await list();
      const times = items.map(({ view }) => view.created_at.slice(0, 10));
      expect([times, isLast]).to.deep.equal([['2020-01-03', '2020-01-02'], false]);
    } finally {
      FindCursor.prototype.toArray = counting;
    }
  });
});
