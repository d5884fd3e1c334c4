import { expect } from 'chai';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import type { ImportView } from '../../../src/projections/views.ts';
import type { LaneOfLog } from '../../../src/projections/work-queries.ts';
import { firstImport } from '../../projections/some-views.ts';

/** What waits for workers. */
export function describeWork(opened: () => ReadModel): void {
  const LANE: LaneOfLog = { log: 'log', lane: 'url' };
  const time = (minute: number) => new Date(Date.UTC(2020, 0, 1, 0, minute)).toISOString();
  const waiting = (id: string, dueMinute: number, fields: Partial<ImportView> = {}) =>
    firstImport({
      organization_id: 'o',
      log: 'log',
      lane: 'url',
      due_at: time(dueMinute),
      expires_at: time(dueMinute + 100),
      ...fields,
      id,
    });
  const write = (...writes: ReturnType<typeof firstImport>[]) => opened().write({ writes });

  describe('organizations with work', () => {
    /** All of them, so many steps a call, and how many calls there were. */
    async function all(until: string, steps: number, lane = LANE): Promise<string[]> {
      const found: string[] = [];
      let after: string | null = null;
      do {
        const { organizations, next } = await opened().work.organizationsWithWork(lane, until, after, steps);
        expect(organizations.length).to.be.at.most(steps);
        found.push(...organizations);
        after = next;
      } while (after !== null);
      return found;
    }

    it('are those of which something is due, each once, ascending, whatever the steps', async () => {
      await write(
        waiting('1', 9, { organization_id: 'b' }),
        waiting('2', 1, { organization_id: 'b' }),
        waiting('3', 1, { organization_id: 'a' }),
        waiting('4', 1, { organization_id: 'a' }),
        waiting('5', 9, { organization_id: 'c' }),
        waiting('6', 1, { organization_id: 'd' }),
        waiting('7', 1, { organization_id: 'é' }),
      );
      for (const steps of [1, 2, 3, 4, 5, 100]) expect(await all(time(5), steps)).to.deep.equal(['a', 'b', 'd', 'é']);
      expect(await all(time(9), 100)).to.deep.equal(['a', 'b', 'c', 'd', 'é']);
      expect(await all(time(0), 2)).to.deep.equal([]);
    });

    it('are of one lane of one log', async () => {
      await write(
        waiting('1', 1, { organization_id: 'a', lane: 'salesforce' }),
        waiting('2', 1, { organization_id: 'b', log: 'another' }),
        waiting('3', 1, { organization_id: 'c', log: null }),
        waiting('4', 1, { organization_id: 'd', lane: null, due_at: null }),
        waiting('5', 1, { organization_id: 'e' }),
      );
      expect(await all(time(5), 100)).to.deep.equal(['e']);
      expect(await all(time(5), 100, { log: 'log', lane: 'salesforce' })).to.deep.equal(['a']);
      expect(await all(time(5), 100, { log: 'another', lane: 'url' })).to.deep.equal(['b']);
      expect(await all(time(5), 100, { log: 'another', lane: 'sealed' })).to.deep.equal([]);
    });

    it('are found beside one that has more than is read at once', async () => {
      await write(
        ...Array.from({ length: 250 }, (_, index) => waiting(`b${index}`, 1, { organization_id: 'b' })),
        waiting('a', 1, { organization_id: 'a' }),
        waiting('c', 1, { organization_id: 'c' }),
      );
      for (const steps of [1, 2, 100]) expect(await all(time(5), steps)).to.deep.equal(['a', 'b', 'c']);
    });
  });

  describe('what is due', () => {
    const idsOf = async (until: string, after: { dueAt: string; id: string } | null = null, limit = 100) =>
      (await opened().work.due(LANE, 'o', until, after, limit)).map(({ id }) => id);

    it('is of one organization, the earliest first, then by id, up to a time and a limit', async () => {
      await write(
        waiting('d', 1),
        waiting('b', 2),
        waiting('a', 2),
        waiting('c', 3),
        waiting('e', 1, { organization_id: 'other' }),
        waiting('f', 1, { lane: 'sealed' }),
        waiting('g', 1, { log: 'another' }),
      );
      expect(await idsOf(time(3))).to.deep.equal(['d', 'a', 'b', 'c']);
      expect(await idsOf(time(2))).to.deep.equal(['d', 'a', 'b']);
      expect(await idsOf(time(0))).to.deep.equal([]);
      expect(await idsOf(time(3), null, 2)).to.deep.equal(['d', 'a']);
    });

    it('goes on directly after a place, also among equal times, and after one that has left', async () => {
      await write(waiting('a', 1), waiting('b', 1), waiting('c', 1), waiting('d', 2));
      expect(await idsOf(time(9), { dueAt: time(1), id: 'a' })).to.deep.equal(['b', 'c', 'd']);
      expect(await idsOf(time(9), { dueAt: time(1), id: 'bb' }, 1)).to.deep.equal(['c']);
      expect(await idsOf(time(9), { dueAt: time(1), id: 'c' })).to.deep.equal(['d']);
      expect(await idsOf(time(1), { dueAt: time(1), id: 'c' })).to.deep.equal([]);
      expect(await idsOf(time(9), { dueAt: time(2), id: 'd' })).to.deep.equal([]);
    });

    it('says of each import when it is due and when it expires', async () => {
      await write(waiting('a', 1, { expires_at: time(7) }));
      const queued = { id: 'a', organizationId: 'o', dueAt: time(1), expiresAt: time(7) };
      expect(await opened().work.due(LANE, 'o', time(1), null, 1)).to.deep.equal([queued]);
      expect(await opened().work.expired(LANE, '', time(7), 1)).to.deep.equal([queued]);
    });

    it('is no more what has ended, or is in another lane now', async () => {
      const first = waiting('a', 1);
      await write(first, waiting('b', 1), waiting('c', 1));
      const over = (view: object, fields: Partial<ImportView>) =>
        ({ kind: 'import', expectedRevision: 0, revision: 1, view: { ...view, ...fields } }) as typeof first;
      const ended = { lane: null, due_at: null, expires_at: null } as const;
      await write(over(waiting('a', 1).view, ended), over(waiting('b', 1).view, { lane: 'running', due_at: time(3) }));
      expect(await idsOf(time(9))).to.deep.equal(['c']);
      const running = await opened().work.due({ log: 'log', lane: 'running' }, 'o', time(3), null, 9);
      expect(running.map(({ id }) => id)).to.deep.equal(['b']);
      expect(await opened().work.workload(LANE, 9)).to.deep.equal({ count: 1, firstExpiresAt: time(101) });
    });
  });

  it('what expires is of all organizations, the earliest first, then by id, up to a time and a limit', async () => {
    await write(
      waiting('c', 9, { expires_at: time(1) }),
      waiting('a', 9, { expires_at: time(2), organization_id: 'other' }),
      waiting('b', 9, { expires_at: time(1) }),
      waiting('d', 9, { expires_at: time(3) }),
      waiting('e', 9, { expires_at: time(1), lane: 'none' }),
      waiting('f', 9, { expires_at: time(1), log: 'another' }),
    );
    const idsOf = async (until: string, limit: number, after = '') =>
      (await opened().work.expired(LANE, after, until, limit)).map(({ id }) => id);
    expect(await idsOf(time(2), 9)).to.deep.equal(['b', 'c', 'a']);
    expect(await idsOf(time(2), 2)).to.deep.equal(['b', 'c']);
    expect(await idsOf(time(0), 9)).to.deep.equal([]);
    expect(await idsOf(time(9), 9, time(1))).to.deep.equal(['a', 'd']);
  });

  it('the workload of a lane is counted up to a bound, and says when the first of it expires', async () => {
    expect(await opened().work.workload(LANE, 9)).to.deep.equal({ count: 0, firstExpiresAt: null });
    await write(
      ...[5, 3, 4].map((minute) => waiting(`${minute}`, 0, { organization_id: `${minute}`, expires_at: time(minute) })),
      waiting('another', 0, { lane: 'none', expires_at: time(1) }),
    );
    expect(await opened().work.workload(LANE, 9)).to.deep.equal({ count: 3, firstExpiresAt: time(3) });
    expect(await opened().work.workload(LANE, 2)).to.deep.equal({ count: 2, firstExpiresAt: time(3) });
  });
}
