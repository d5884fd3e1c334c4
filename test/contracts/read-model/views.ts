import { expect } from 'chai';
import type { ViewWrite } from '../../../src/projections/projector-store.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { firstImport as first, firstOf, importView, secretView, userView } from '../../projections/some-views.ts';

/** Views, one by one: read, and written by compare and set. */
export function describeViews(opened: () => ReadModel): void {
  const write = (...writes: ViewWrite[]) => opened().write({ writes });

  describe('get', () => {
    it('returns null if there is no view', async () => {
      expect(await opened().get('import', importView().id)).to.equal(null);
      expect(await opened().get('user', 'constructor')).to.equal(null);
    });

    it('returns the new view as soon as the write has resolved', async () => {
      const view = importView();
      await write(firstOf('import', view));
      expect(await opened().get('import', view.id)).to.deep.equal({ revision: 0, view });
    });

    it('distinguishes the kinds even if they have the same id', async () => {
      const views = {
        import: importView({ id: 'same' }),
        user: userView({ id: 'same' }),
        secret: secretView({ id: 'same' }),
      };
      await write(firstOf('import', views.import), firstOf('user', views.user, 1), firstOf('secret', views.secret, 2));
      expect(await opened().get('import', 'same')).to.deep.equal({ revision: 0, view: views.import });
      expect(await opened().get('user', 'same')).to.deep.equal({ revision: 1, view: views.user });
      expect(await opened().get('secret', 'same')).to.deep.equal({ revision: 2, view: views.secret });
    });

    it('returns fields that are null as null', async () => {
      const view = importView({ image_id: null, import_type: null, album_id: null });
      const user = userView({ removed_at: null });
      await write(firstOf('import', view), firstOf('user', user));
      expect((await opened().get('import', view.id))?.view).to.deep.equal(view);
      expect((await opened().get('user', user.id))?.view).to.deep.equal(user);
    });

    it('for an organization returns its own view, and none of another', async () => {
      const view = importView();
      await write(firstOf('import', view));
      expect(await opened().get('import', view.id, view.organization_id)).to.deep.equal({ revision: 0, view });
      expect(await opened().get('import', view.id, 'another')).to.equal(null);
    });
  });

  describe('ownerOf', () => {
    it('returns the owner and the revision of a view; null if there is none', async () => {
      const user = userView();
      await write(firstOf('user', user, 7));
      const owner = { organizationId: user.organization_id, revision: 7 };
      expect(await opened().ownerOf('user', user.id)).to.deep.equal(owner);
      expect(await opened().ownerOf('import', user.id)).to.equal(null);
    });
  });

  describe('getMany', () => {
    it('returns the existing views by id', async () => {
      const writes = [first(), first(), first()];
      await write(...writes);
      const ids = writes.map(({ view }) => view.id);
      const found = await opened().getMany('import', [...ids.slice(1), 'absent', ids[1] as string]);
      expect([...found.keys()]).to.have.members(ids.slice(1));
      expect(found.get(ids[2] as string)).to.deep.equal({ revision: 0, view: writes[2]?.view });
    });

    it('returns an empty map for no ids and for ids without views', async () => {
      expect((await opened().getMany('user', [])).size).to.equal(0);
      expect((await opened().getMany('user', ['absent'])).size).to.equal(0);
    });

    it('accepts more ids than a store accepts parameters', async () => {
      const there = first();
      await write(there);
      const ids = Array.from({ length: 40_000 }, (_, index) => `absent-${index}`);
      const found = await opened().getMany('import', [...ids, there.view.id]);
      expect([...found.keys()]).to.deep.equal([there.view.id]);
    });
  });

  describe('compare and set', () => {
    it('writes the first revision over nothing, once', async () => {
      const one = first();
      expect(await write(one)).to.deep.equal(['written']);
      expect(await write(first({ id: one.view.id, params: '{"again":true}' }))).to.deep.equal(['conflict']);
      expect((await opened().get('import', one.view.id))?.view).to.deep.equal(one.view);
    });

    it('writes over the expected revision, and over no other', async () => {
      const view = importView({ id: 'i' });
      const next = importView({ id: 'i', params: '{"next":true}' });
      await write(firstOf('import', view));
      expect(await write({ kind: 'import', expectedRevision: 1, revision: 2, view: next })).to.deep.equal(['conflict']);
      expect(await write({ kind: 'import', expectedRevision: 0, revision: 1, view: next })).to.deep.equal(['written']);
      expect(await write({ kind: 'import', expectedRevision: 0, revision: 1, view })).to.deep.equal(['conflict']);
      expect(await opened().get('import', 'i')).to.deep.equal({ revision: 1, view: next });
    });

    it('is a conflict if there is nothing to write over', async () => {
      const view = userView();
      expect(await write({ kind: 'user', expectedRevision: 0, revision: 1, view })).to.deep.equal(['conflict']);
      expect(await opened().get('user', view.id)).to.equal(null);
    });

    it('decides on each write of a batch separately, in order', async () => {
      const view = secretView();
      const other = secretView();
      const outcomes = await write(
        firstOf('secret', view),
        { kind: 'secret', expectedRevision: 5, revision: 6, view: other },
        { kind: 'secret', expectedRevision: 0, revision: 1, view: { ...view, revoked_at: '2020-01-01T00:00:00.000Z' } },
      );
      expect(outcomes).to.deep.equal(['written', 'conflict', 'written']);
      expect((await opened().get('secret', view.id))?.revision).to.equal(1);
      expect(await opened().get('secret', other.id)).to.equal(null);
    });

    it('changes every field', async () => {
      const view = importView({ id: 'i', image_id: null, album_id: null });
      const next = importView({
        id: 'i',
        organization_id: 'another',
        image_id: 'image',
        import_type: 'type',
        album_id: 'album',
        params: '{"a":1}',
        created_at: '2001-01-01T00:00:00.000Z',
        updated_at: '2002-01-01T00:00:00.000Z',
      });
      await write(firstOf('import', view), { kind: 'import', expectedRevision: 0, revision: 1, view: next });
      expect((await opened().get('import', 'i'))?.view).to.deep.equal(next);
      const listed = async (organizationId: string, albumId?: string) =>
        (await opened().list('import', { organizationId, having: { album_id: albumId }, limit: 2 })).items;
      expect(await listed('another', 'album')).to.have.length(1);
      expect(await listed(view.organization_id)).to.deep.equal([]);
    });

    it('succeeds for exactly one of many that write the same revision at once', async () => {
      const racing = (expectedRevision: number | null, revision: number) =>
        Array.from({ length: 20 }, (_, index) => {
          const view = importView({ id: 'i', params: `{"racer":${index}}` });
          return write({ kind: 'import', expectedRevision, revision, view });
        });
      const outcomes = (await Promise.all(racing(null, 0))).flat();
      expect(outcomes.filter((outcome) => outcome === 'written')).to.have.length(1);
      const winner = (await Promise.all(racing(0, 1))).flat().indexOf('written');
      expect((await opened().get('import', 'i'))?.view.params).to.equal(`{"racer":${winner}}`);
    });
  });
}
