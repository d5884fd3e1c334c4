import { expect } from 'chai';
import type { ViewWrite } from '../../../src/projections/projector-store.ts';
import type { ListQuery } from '../../../src/projections/queries.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import type { ImportView } from '../../../src/projections/views.ts';
import { firstImport as first, firstOf, secretView, userView } from '../../projections/some-views.ts';

/** What ids are ordered by: their bytes in UTF-8, as the port says, or their units in UTF-16, in a test's server that cannot do better. */
export type IdOrder = 'UTF-8' | 'UTF-16';

/** Lists: their order, their filters and their cursors. */
export function describeLists(opened: () => ReadModel, order: IdOrder): void {
  const write = (...writes: ViewWrite[]) => opened().write({ writes });

  describe('a list', () => {
    const idsOf = async (query: Partial<ListQuery<'import'>> = {}) =>
      (await opened().list('import', { organizationId: 'o', limit: 100, ...query })).items.map(({ view }) => view.id);
    const time = (ms: number) => new Date(Date.UTC(2020, 0, 1) + ms).toISOString();
    const listed = (id: string, ms: number, fields: Partial<ImportView> = {}) =>
      first({ organization_id: 'o', created_at: time(ms), ...fields, id });

    it('gives the newest first, and within one millisecond the greatest id first', async () => {
      await write(listed('b', 5), listed('d', 1), listed('a', 9), listed('c', 5), listed('aa', 5));
      expect(await idsOf()).to.deep.equal(['a', 'c', 'b', 'aa', 'd']);
    });

    it('says whether it ends with the page', async () => {
      const isLast = async (query: Partial<ListQuery<'import'>>) =>
        (await opened().list('import', { organizationId: 'o', limit: 2, ...query })).isLast;
      expect(await isLast({})).to.equal(true);
      await write(listed('a', 1), listed('b', 2), listed('c', 3));
      expect([await isLast({}), await isLast({ limit: 3 }), await isLast({ limit: 4 })]).to.deep.equal([
        false,
        true,
        true,
      ]);
      expect(await isLast({ after: { createdAt: time(3), id: 'c' } })).to.equal(true);
    });

    it('ends a page before the import whose parameters pass the limit of characters, and returns at least one', async () => {
      const sizes = [30, 50, 20, 21, 100, 2];
      await write(
        ...sizes.map((size, index) => listed(`${index}`, -index, { params: JSON.stringify('é'.repeat(size - 2)) })),
      );
      const pages: string[] = [];
      let after: ListQuery<'import'>['after'];
      for (let isLast = false; !isLast; ) {
        const page = await opened().list('import', { organizationId: 'o', limit: 3, maxCharacters: 100, after });
        pages.push(page.items.map(({ view }) => view.id).join(' '));
        for (const { view } of page.items) after = { createdAt: view.created_at, id: view.id };
        isLast = page.isLast;
      }
      expect(pages).to.deep.equal(['0 1 2', '3', '4', '5']);
      expect(await idsOf({ maxCharacters: 1 })).to.deep.equal(['0']);
    });

    it('never gives the imports of another organization', async () => {
      await write(listed('a', 1), listed('b', 2, { organization_id: 'other' }));
      expect(await idsOf()).to.deep.equal(['a']);
      expect(await idsOf({ having: { album_id: 'x' } })).to.deep.equal([]);
    });

    it('filters by album, by type, and by both', async () => {
      await write(
        listed('a', 1, { album_id: 'x', import_type: 's' }),
        listed('b', 2, { album_id: 'x', import_type: 't' }),
        listed('c', 3, { album_id: 'y', import_type: 't' }),
        listed('d', 4, { album_id: null, import_type: null }),
        listed('e', 5, { album_id: '', import_type: '' }),
      );
      expect(await idsOf({ having: { album_id: 'x' } })).to.deep.equal(['b', 'a']);
      expect(await idsOf({ having: { import_type: 't' } })).to.deep.equal(['c', 'b']);
      expect(await idsOf({ having: { album_id: 'x', import_type: 't' } })).to.deep.equal(['b']);
      expect(await idsOf({ having: { album_id: 'X' } })).to.deep.equal([]);
      expect(await idsOf({ having: { album_id: '' } })).to.deep.equal(['e']);
      expect(await idsOf({ having: { import_type: '' } })).to.deep.equal(['e']);
    });

    it('filters by status and by reason, alone and with an album, and by image', async () => {
      await write(
        listed('a', 1, { status: 'failed', reason: 'image_damaged', album_id: 'x', import_type: 't', image_id: null }),
        listed('b', 2, { status: 'failed', reason: 'not_an_image', album_id: 'x', import_type: 's', image_id: null }),
        listed('c', 3, { status: 'waiting', reason: 'image_damaged', album_id: 'y', import_type: 't', image_id: null }),
        listed('d', 4, { status: 'succeeded', reason: null, album_id: 'x', import_type: 't', image_id: 'i' }),
      );
      expect(await idsOf({ having: { status: 'failed' } })).to.deep.equal(['b', 'a']);
      expect(await idsOf({ having: { status: 'failed', album_id: 'x' } })).to.deep.equal(['b', 'a']);
      expect(await idsOf({ having: { reason: 'image_damaged' } })).to.deep.equal(['c', 'a']);
      expect(await idsOf({ having: { reason: 'image_damaged', album_id: 'x' } })).to.deep.equal(['a']);
      expect(await idsOf({ having: { image_id: 'i' } })).to.deep.equal(['d']);
    });

    it('filters by time, both bounds exclusive', async () => {
      await write(listed('a', 1), listed('b', 2), listed('c', 3), listed('d', 4));
      expect(await idsOf({ createdAfter: time(2) })).to.deep.equal(['d', 'c']);
      expect(await idsOf({ createdBefore: time(3) })).to.deep.equal(['b', 'a']);
      expect(await idsOf({ createdAfter: time(1), createdBefore: time(4) })).to.deep.equal(['c', 'b']);
      expect(await idsOf({ createdAfter: time(2), createdBefore: time(3) })).to.deep.equal([]);
    });

    it('continues directly after a cursor, even among equal times, and is not disturbed by newer imports', async () => {
      await write(listed('a', 5), listed('b', 5), listed('c', 5), listed('d', 1), listed('e', 9));
      const pages: string[][] = [await idsOf({ limit: 2 })];
      await write(listed('f', 10), listed('ca', 5));
      pages.push(await idsOf({ limit: 2, after: { createdAt: time(5), id: 'c' } }));
      pages.push(await idsOf({ limit: 2, after: { createdAt: time(5), id: 'a' } }));
      pages.push(await idsOf({ limit: 2, after: { createdAt: time(1), id: 'd' } }));
      expect(pages).to.deep.equal([['e', 'c'], ['b', 'a'], ['d'], []]);
    });

    it('accepts a cursor and every filter together', async () => {
      const fields = { album_id: 'x', import_type: 't' };
      await write(
        ...['a', 'b', 'c', 'd', 'e'].map((id, index) => listed(id, index, fields)),
        listed('bb', 1, { album_id: 'y', import_type: 't' }),
        listed('cc', 2, { album_id: 'x', import_type: 's' }),
      );
      const filters = { having: fields, createdAfter: time(0) };
      const after = { createdAt: time(3), id: 'd' };
      expect(await idsOf({ ...filters, after })).to.deep.equal(['c', 'b']);
      expect(await idsOf({ ...filters, after, createdBefore: time(2) })).to.deep.equal(['b']);
      expect(await idsOf({ ...filters, after, createdBefore: time(3) })).to.deep.equal(['c', 'b']);
      expect(await idsOf({ ...filters, after, createdBefore: time(9) })).to.deep.equal(['c', 'b']);
    });
  });

  describe('page', () => {
    const kinds = {
      import: (id: string) => first({ id }),
      user: (id: string) => firstOf('user', userView({ id })),
      secret: (id: string) => firstOf('secret', secretView({ id })),
    };
    const beyond = ['\uffff', '\u{1f44b}'] as const;
    const [late, last] = order === 'UTF-8' ? beyond : beyond.toReversed();
    for (const kind of ['import', 'user', 'secret'] as const) {
      const idsOf = async (after: string | null, limit: number) =>
        (await opened().page(kind, after, limit)).map((paged) => ('unreadable' in paged ? paged : paged.view.id));

      it(`returns every ${kind} once, ascending by id, up to the limit`, async () => {
        await write(...['b', 'a', 'c', 'B', 'é', 'aa', ...beyond].map(kinds[kind]));
        expect(await idsOf(null, 9)).to.deep.equal(['B', 'a', 'aa', 'b', 'c', 'é', late, last]);
        expect(await idsOf(null, 3)).to.deep.equal(['B', 'a', 'aa']);
        expect(await idsOf('aa', 3)).to.deep.equal(['b', 'c', 'é']);
        expect(await idsOf('é', 3)).to.deep.equal([late, last]);
        expect(await idsOf(last as string, 3)).to.deep.equal([]);
      });

      it(`continues after an id of ${kind} that does not exist`, async () => {
        await write(...['a', 'c'].map(kinds[kind]));
        expect(await idsOf('b', 9)).to.deep.equal(['c']);
      });
    }

    it('gives whole views with their revisions, removed and revoked ones too', async () => {
      const user = userView({ removed_at: '2020-01-01T00:00:00.000Z' });
      const secret = secretView({ revoked_at: '2020-01-01T00:00:00.000Z' });
      await write(firstOf('user', user, 1));
      await write(firstOf('secret', secret, 2));
      expect(await opened().page('user', null, 9)).to.deep.equal([{ revision: 1, view: user }]);
      expect(await opened().page('secret', null, 9)).to.deep.equal([{ revision: 2, view: secret }]);
    });
  });
}
