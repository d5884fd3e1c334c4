import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { ViewWrite } from '../../src/projections/projector-store.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import type { VersionReader, Versions } from '../../src/projections/versions.ts';
import type { ViewDeclarations } from '../../src/projections/views/declare-view.ts';
import { views } from '../../src/projections/views.ts';
import { firstImport, firstOf, importView, userView } from '../projections/some-views.ts';
import { badgeView } from './read-model/added-view.ts';

export interface OpenedVersions {
  readonly versions: Versions;
  /** The read model of the version with this number, made if it is not there, in the same store; its views are those of this release unless given. */
  openVersion(number: number, views?: ViewDeclarations): Promise<ReadModel>;
  cleanUp(): Promise<void>;
}

/** What every store of versions must do. `open` gives one without any version. */
export function describeVersions(name: string, open: () => Promise<OpenedVersions>): void {
  describe(`${name}: the contract of the versions of the views`, () => {
    let opened: OpenedVersions;
    let versions: Versions;
    const readModels: ReadModel[] = [];

    beforeEach(async () => {
      opened = await open();
      versions = opened.versions;
    });

    afterEach(async () => {
      for (const readModel of readModels.splice(0)) await readModel.close();
      await opened.cleanUp();
    });

    const openVersion = async (number: number, declared?: ViewDeclarations) => {
      const readModel = await opened.openVersion(number, declared);
      readModels.push(readModel);
      return readModel;
    };
    const step = (position: bigint, ...writes: ViewWrite[]) => ({
      writes,
      checkpoint: { from: null, to: { log: 'the log', position } },
    });
    const namesOf = async () => (await versions.list()).map((version) => version.name);

    it('are none in an empty store', async () => {
      expect(await versions.list()).to.deep.equal([]);
    });

    it('are listed by number, each with its size and its checkpoint', async () => {
      const [ten, nine] = [await openVersion(10), await openVersion(9)];
      await ten.write(step(3n, firstImport()));
      await nine.write(step(5n, firstImport(), firstImport()));
      await nine.markFilled((await nine.checkpoint())?.generation ?? '');
      const listed = await versions.list();
      expect(listed.map((version) => version.name)).to.deep.equal(['9', '10']);
      const checkpoints = [await nine.checkpoint(), await ten.checkpoint()];
      expect(listed.map((version) => version.checkpoint)).to.deep.equal(checkpoints);
      expect(checkpoints.map((checkpoint) => checkpoint?.isFilled)).to.deep.equal([true, false]);
      for (const { bytes } of listed) expect(bytes === null || bytes > 0).to.equal(true);
    });

    it('are listed before anything is projected into them', async () => {
      await openVersion(7);
      const [version] = await versions.list();
      expect(version).to.include({ name: '7', checkpoint: null, usedAt: null });
    });

    it('say when a node last used them', async () => {
      const readModel = await openVersion(7);
      await readModel.write(step(1n));
      expect((await versions.list())[0]?.usedAt).to.equal(null);
      const before = new Date().toISOString();
      await readModel.noteUse(randomUUID());
      expect((await versions.list())[0]?.usedAt).to.equal(null);
      await readModel.noteUse((await readModel.checkpoint())?.generation ?? '');
      const usedAt = (await versions.list())[0]?.usedAt ?? '';
      expect(usedAt >= before && usedAt <= new Date().toISOString()).to.equal(true);
    });

    it('share nothing', async () => {
      const [one, other] = [await openVersion(7), await openVersion(8)];
      const write = firstImport();
      await one.write(step(4n, write));
      expect(await other.get('import', write.view.id)).to.equal(null);
      expect(await other.checkpoint()).to.equal(null);
      await other.clear();
      expect(await one.get('import', write.view.id)).to.not.equal(null);
    });

    it('are removed, whole and alone, and can be made again', async () => {
      for (const number of [7, 70, 8]) {
        const readModel = await openVersion(number);
        await readModel.write(step(1n, firstImport({ id: 'i' })));
        await readModel.close();
      }
      await versions.remove('7');
      expect(await namesOf()).to.deep.equal(['8', '70']);
      await versions.remove('7');
      const again = await openVersion(7);
      expect([await again.get('import', 'i'), await again.checkpoint()]).to.deep.equal([null, null]);
      await again.write(step(2n, firstImport({ id: 'i' })));
      expect(await namesOf()).to.deep.equal(['7', '8', '70']);
    });

    it('may have views that this release does not know, which are read and removed with the others', async () => {
      const declared = { ...views, badge: badgeView };
      const badge = {
        id: 'b',
        organization_id: 'o',
        color: 'red',
        owner: null,
        created_at: '2020-01-01T00:00:00.000Z',
      };
      const write = { kind: 'badge', expectedRevision: null, revision: 2, view: badge } as unknown as ViewWrite;
      await (await openVersion(8, declared)).write(step(1n, write));
      const pageOf = async () => {
        const reader = await versions.open('8');
        const page = await reader.page('badges', null, 9);
        await reader.close();
        return page;
      };
      const { id, ...fields } = badge;
      expect(await pageOf()).to.deep.equal([{ id, revision: 2, fields: new Map(Object.entries(fields)) }]);
      for (const readModel of readModels.splice(0)) await readModel.close();
      await versions.remove('8');
      await openVersion(8, declared);
      expect(await pageOf()).to.deep.equal([]);
    });

    describe('opened for comparing', () => {
      let readModel: ReadModel;
      let reader: VersionReader;

      beforeEach(async () => {
        readModel = await openVersion(7);
        reader = await versions.open('7');
      });

      afterEach(() => reader.close());

      it('give each field as it was written, and null for a missing one', async () => {
        const view = importView({ id: 'i', image_id: null, album_id: '', import_type: '"\0' });
        await readModel.write({ writes: [firstOf('import', view, 4)] });
        const { id, ...fields } = view;
        const stored = { id, revision: 4, fields: new Map(Object.entries(fields)) };
        expect(await reader.page('imports', null, 9)).to.deep.equal([stored]);
        expect(await reader.getMany('imports', ['absent', id])).to.deep.equal(new Map([[id, stored]]));
        expect(await reader.page('users', null, 9)).to.deep.equal([]);
      });

      it('have no views of a kind that they do not know', async () => {
        expect(await reader.page('badges', null, 9)).to.deep.equal([]);
        expect((await reader.getMany('badges', ['i'])).size).to.equal(0);
      });

      it('are read page by page, by id', async () => {
        const ids = ['b', 'a', 'c', 'B', 'é'];
        await readModel.write({ writes: ids.map((id) => firstOf('user', userView({ id }))) });
        const page = async (after: string | null, limit: number) =>
          (await reader.page('users', after, limit)).map(({ id }) => id);
        expect(await page(null, 9)).to.deep.equal(['B', 'a', 'b', 'c', 'é']);
        expect(await page(null, 2)).to.deep.equal(['B', 'a']);
        expect(await page('a', 2)).to.deep.equal(['b', 'c']);
        expect(await page('é', 2)).to.deep.equal([]);
      });

      it('say how far they have come while they are written', async () => {
        expect(await reader.checkpoint()).to.equal(null);
        await readModel.write(step(3n));
        expect(await reader.checkpoint()).to.deep.equal(await readModel.checkpoint());
        await readModel.write(step(6n, firstImport({ id: 'late' })));
        expect((await reader.checkpoint())?.position).to.equal(6n);
        expect(await reader.page('imports', null, 1)).to.have.length(1);
      });
    });
  });
}
