import { expect } from 'chai';
import { ReadModelUnavailable } from '../../../src/projections/errors.ts';
import { GroupedWrites } from '../../../src/projections/mongodb/grouped-writes.ts';
import type { ViewWrite } from '../../../src/projections/projector-store.ts';
import { views } from '../../../src/projections/views.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { firstImport } from '../some-views.ts';

describe('writes in groups', () => {
  /** The ids of each group, in the order in which they were written. */
  let groups: string[][];
  let writes: GroupedWrites;

  beforeEach(() => {
    groups = [];
    writes = new GroupedWrites(views.import, async (group) => {
      groups.push(group.map(({ view }) => view.id));
      return group.map(() => 'written');
    });
  });

  const writeAll = (all: readonly ViewWrite[]) => Promise.all(all.map((write) => writes.write(write)));

  it('of one turn of the event loop share a group', async () => {
    await writeAll([firstImport({ id: 'a' }), firstImport({ id: 'b' })]);
    expect(groups).to.deep.equal([['a', 'b']]);
  });

  it('that arrive while a group is under way share the next', async () => {
    const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    writes = new GroupedWrites(views.import, async (group) => {
      groups.push(group.map(({ view }) => view.id));
      begun.resolve();
      await released.promise;
      return group.map(() => 'written');
    });
    const first = writes.write(firstImport({ id: 'a' }));
    await begun.promise;
    const others = writeAll([firstImport({ id: 'b' }), firstImport({ id: 'c' })]);
    released.resolve();
    await Promise.all([first, others]);
    expect(groups).to.deep.equal([['a'], ['b', 'c']]);
  });

  it('of one view are in different groups, in their order', async () => {
    const [a, b] = [firstImport({ id: 'a' }), firstImport({ id: 'b' })];
    await writeAll([a, a, b, a]);
    expect(groups).to.deep.equal([['a', 'b'], ['a'], ['a']]);
  });

  it('are in the order of their ids, so that groups of several nodes never deadlock', async () => {
    await writeAll(['c', 'a', 'd', 'b'].map((id) => firstImport({ id })));
    expect(groups).to.deep.equal([['a', 'b', 'c', 'd']]);
  });

  it('are at most five hundred in a group', async () => {
    await writeAll(Array.from({ length: 1_200 }, () => firstImport()));
    expect(groups.map(({ length }) => length)).to.deep.equal([500, 500, 200]);
  });

  it('have at most four million characters in a group, but at least one write', async () => {
    const sized = (id: string, characters: number) => firstImport({ id, params: ' '.repeat(characters) });
    await writeAll([sized('a', 3e6), sized('b', 2e6), sized('c', 5e6), sized('d', 1), sized('e', 1)]);
    expect(groups).to.deep.equal([['a'], ['b'], ['c'], ['d', 'e']]);
  });

  it('each get their own outcome', async () => {
    const refusal = new ReadModelUnavailable('too large');
    writes = new GroupedWrites(views.import, async () => ['written', refusal, 'conflict']);
    const all = ['a', 'b', 'c'].map((id) => writes.write(firstImport({ id })));
    expect(await Promise.allSettled(all)).to.deep.equal([
      { status: 'fulfilled', value: 'written' },
      { status: 'rejected', reason: refusal },
      { status: 'fulfilled', value: 'conflict' },
    ]);
  });

  it('fail together if the store is away, and the next group is tried separately', async () => {
    let isAway = true;
    writes = new GroupedWrites(views.import, async (group) => {
      if (isAway) throw new ReadModelUnavailable('away');
      return group.map(() => 'written');
    });
    const [one, other] = [writes.write(firstImport()), writes.write(firstImport())];
    for (const write of [one, other]) expect(await rejectionOf(write)).to.be.instanceOf(ReadModelUnavailable);
    isAway = false;
    expect(await writes.write(firstImport())).to.equal('written');
  });
});
