import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { type SealedStore, SealedUnavailable } from '../../src/importer/sealed/sealed-store.ts';
import { rejectionOf } from '../support/rejection-of.ts';

export interface OpenedSealed {
  readonly store: SealedStore;
  /** Opens the same store once more, as another process does. */
  again(): Promise<SealedStore>;
  cleanUp(): Promise<void>;
}

/** What every store of sealed credentials must do. `open` gives an empty one. */
export function describeSealedStore(name: string, open: () => Promise<OpenedSealed>): void {
  describe(`${name}: the contract of the store of sealed credentials`, () => {
    let opened: OpenedSealed;
    let store: SealedStore;
    const [early, late] = [new Date('2026-01-01T00:00:00.000Z'), new Date('2026-01-02T00:00:00.000Z')];

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });

    afterEach(() => opened.cleanUp());

    const expectKept = async (id: string, sealed: Uint8Array, by = store) =>
      expect(Buffer.from((await by.get(id)) ?? [])).to.deep.equal(Buffer.from(sealed));

    it('has nothing at first', async () => {
      expect(await store.get('import 1')).to.equal(null);
      expect(await store.ids('import ', null, 10)).to.deep.equal([]);
      expect(await store.removeExpired(late)).to.equal(0);
      await store.remove('import 1');
    });

    it('gives the bytes that were put, of any size, also to another that has it open', async () => {
      const again = await opened.again();
      for (const bytes of [0, 1, 700, 300_000]) {
        const sealed = randomBytes(bytes);
        await store.put(`import ${bytes}`, sealed, late);
        await expectKept(`import ${bytes}`, sealed);
        await expectKept(`import ${bytes}`, sealed, again);
      }
      await again.close();
    });

    it('keeps what was put last under an id', async () => {
      const [first, second] = [randomBytes(100), randomBytes(5_000)];
      await store.put('import 1', first, early);
      await store.put('import 1', second, null);
      await expectKept('import 1', second);
      expect(await store.removeExpired(late)).to.equal(0);
      await store.put('import 1', first, early);
      await expectKept('import 1', first);
    });

    it('replaces what an id has, unless it has something else by now; it expires as before', async () => {
      const [first, second, third] = [randomBytes(100), randomBytes(5_000), randomBytes(100)];
      expect(await store.replace('import 1', first, second)).to.equal(false);
      await store.put('import 1', first, early);
      expect(await store.replace('import 1', second, third)).to.equal(false);
      await expectKept('import 1', first);
      expect(await store.replace('import 1', first, second)).to.equal(true);
      await expectKept('import 1', second);
      expect(await store.removeExpired(late)).to.equal(1);
      expect(await store.replace('import 1', second, third)).to.equal(false);
    });

    it('takes an id from many at once', async () => {
      const all = Array.from({ length: 20 }, () => randomBytes(50));
      await Promise.all(all.map((sealed) => store.put('import 1', sealed, null)));
      const kept = await store.get('import 1');
      expect(all.some((sealed) => sealed.equals(kept ?? Buffer.alloc(0)))).to.equal(true);
      expect(await store.ids('import ', null, 10)).to.deep.equal(['import 1']);
    });

    it('removes what it is told to, and nothing else', async () => {
      const sealed = randomBytes(40);
      await store.put('import 1', sealed, late);
      await store.put('import 2', sealed, late);
      await store.remove('import 1');
      expect(await store.get('import 1')).to.equal(null);
      await expectKept('import 2', sealed);
    });

    it('removes what has expired, and keeps what has not or never does', async () => {
      await store.put('import 1', randomBytes(40), early);
      await store.put('import 2', randomBytes(40), late);
      await store.put('connection 1', randomBytes(40), null);
      expect(await store.removeExpired(new Date(early.getTime() - 1))).to.equal(0);
      expect(await store.removeExpired(early)).to.equal(1);
      expect(await store.ids('', null, 10)).to.deep.equal(['connection 1', 'import 2']);
    });

    it('removes more than fit into one of its steps', async () => {
      for (let start = 0; start < 520; start += 20) {
        const some = Array.from({ length: 20 }, (_, number) =>
          store.put(`import ${start + number}`, Buffer.of(1), early),
        );
        await Promise.all(some);
      }
      expect(await store.removeExpired(late)).to.equal(520);
      expect(await store.ids('', null, 10)).to.deep.equal([]);
    }).timeout(60_000);

    it('lists the ids with a beginning, in order and in pages', async () => {
      const ids = ['connection 1', 'import 1', 'import 2', 'import 20', 'import 3', 'imports', 'other'];
      for (const id of ids.toReversed()) await store.put(id, Buffer.of(1), null);
      expect(await store.ids('import ', null, 3)).to.deep.equal(['import 1', 'import 2', 'import 20']);
      expect(await store.ids('import ', 'import 20', 3)).to.deep.equal(['import 3']);
      expect(await store.ids('import ', 'import 3', 3)).to.deep.equal([]);
      expect(await store.ids('connection ', null, 3)).to.deep.equal(['connection 1']);
    });

    it('refuses all calls after it was closed, and ends those before', async () => {
      const sealed = randomBytes(40);
      const putting = store.put('import 1', sealed, null);
      await store.close();
      await putting;
      expect(await rejectionOf(store.get('import 1'))).to.be.instanceOf(SealedUnavailable);
      expect(await rejectionOf(store.put('import 1', sealed, null))).to.be.instanceOf(SealedUnavailable);
      const again = await opened.again();
      await expectKept('import 1', sealed, again);
      await again.close();
    });
  });
}
