import { expect } from 'chai';
import type { Stored } from '../../../src/projections/queries.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import type { ViewKind } from '../../../src/projections/views.ts';
import { firstImport, firstOf, importView, secretView, userView } from '../../projections/some-views.ts';

/** Views that are not as the log has them, put right. */
export function describeRepairing(opened: () => ReadModel): void {
  const stored = <K extends ViewKind>(revision: number, view: Stored<K>['view']): Stored<K> => ({ revision, view });

  describe('repair', () => {
    it('writes a missing view at any revision', async () => {
      const after = stored<'user'>(4, userView());
      expect(await opened().repair('user', after.view.id, null, after)).to.equal('written');
      expect(await opened().get('user', after.view.id)).to.deep.equal(after);
    });

    it('removes a view, and no other', async () => {
      const [gone, kept] = [stored<'secret'>(0, secretView()), stored<'secret'>(0, secretView())];
      for (const { view } of [gone, kept]) {
        await opened().write({ writes: [firstOf('secret', view)] });
      }
      expect(await opened().repair('secret', gone.view.id, gone, null)).to.equal('written');
      expect(await opened().get('secret', gone.view.id)).to.equal(null);
      expect(await opened().get('secret', kept.view.id)).to.deep.equal(kept);
    });

    for (const [what, revision] of [
      ['the same revision', 3],
      ['an earlier one', 1],
      ['a later one', 7],
    ] as const) {
      it(`replaces a view at ${what}, and projectors continue from there`, async () => {
        const view = importView({ album_id: 'wrong' });
        const right = importView({ id: view.id, album_id: 'right' });
        await opened().repair('import', view.id, null, stored<'import'>(3, view));
        const repaired = await opened().repair('import', view.id, stored<'import'>(3, view), stored(revision, right));
        expect(repaired).to.equal('written');
        expect(await opened().get('import', view.id)).to.deep.equal({ revision, view: right });
        const next = { kind: 'import', expectedRevision: revision, revision: revision + 1, view: right } as const;
        expect(await opened().write({ writes: [next] })).to.deep.equal(['written']);
      });
    }

    it('does not change a view that has changed since it was read', async () => {
      const one = firstImport();
      const [id, there] = [one.view.id, stored<'import'>(0, importView({ id: one.view.id }))];
      await opened().write({ writes: [one] });
      const seen = stored<'import'>(2, there.view);
      expect(await opened().repair('import', id, seen, stored(2, there.view))).to.equal('conflict');
      expect(await opened().repair('import', id, seen, null)).to.equal('conflict');
      expect(await opened().repair('import', id, null, there)).to.equal('conflict');
      expect(await opened().repair('import', id, { unreadable: 'by somebody' }, there)).to.equal('conflict');
      expect(await opened().get('import', id)).to.deep.equal({ revision: 0, view: one.view });
    });

    it('makes no view if the one that was read is gone', async () => {
      const { view } = firstImport();
      const seen = stored<'import'>(0, view as Stored<'import'>['view']);
      expect(await opened().repair('import', view.id, seen, seen)).to.equal('conflict');
      expect(await opened().repair('import', view.id, null, null)).to.equal('conflict');
      expect(await opened().get('import', view.id)).to.equal(null);
    });
  });
}
