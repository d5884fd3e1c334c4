import { readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { type BlobStore, StorageUnavailable } from '../../../../src/importer/blobs/blob-store.ts';
import { pathOf } from '../../../../src/importer/blobs/local/file-places.ts';
import { openLocalBlobStore } from '../../../../src/importer/blobs/local/open.ts';
import { OWNER } from '../../../contracts/blob-store.ts';
import { rejectionOf } from '../../../support/rejection-of.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';
import { drafted } from '../drafted.ts';
import { interleaved } from './interleaved.ts';

const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const AFTER_THAT = new Date('2026-01-02T00:00:00Z');
const ROUNDS = Number(process.env.ROUNDS ?? 150);
const ASIDE = '3f1d5b0b-0000-4000-8000-000000000001';

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a folder of blobs', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let stores: BlobStore[];

  before(async () => {
    directory = temporaryDirectory();
    const folder = join(directory.path, 'blobs');
    const open = () => openLocalBlobStore({ folder, isMade: true, owner: OWNER, onNotice: () => {} });
    // As several processes have them.
    stores = [await open(), await open(), await open(), await open()];
  });

  after(() => directory.remove());

  const [keeper, otherKeeper, remover, otherRemover] = [0, 1, 2, 3].map(
    (index) => () => stores[index] as BlobStore,
  ) as [() => BlobStore, () => BlobStore, () => BlobStore, () => BlobStore];
  const place = (sha256: string) => pathOf(keeper().address, sha256);
  const namesBeside = (sha256: string) => readdirSync(dirname(place(sha256))).filter((name) => name.startsWith(sha256));

  const isThere = async (store: BlobStore, sha256: string, text: string) => {
    const open = await store.read(sha256);
    if (open === null) return false;
    return (await buffer(open.stream)).toString() === text && (await store.stat(sha256)) !== null;
  };

  for (const [how, link] of [
    ['by links', undefined],
    [
      'by copies, as on a file system without links',
      () => Promise.reject(Object.assign(new Error('no'), { code: 'EXDEV' })),
    ],
  ] as const) {
    it(`has bytes that were kept, ${how}, whatever others remove at that moment`, async function () {
      this.timeout(120_000);
      let removals = 0;
      for (let seed = 1; seed <= ROUNDS; seed += 1) {
        const text = `${how} ${seed}`;
        const draft = drafted(directory.path, text);
        const { sha256 } = draft;
        await keeper().keep(draft);
        utimesSync(place(sha256), LONG_AGO, LONG_AGO);
        const keep = async (store: BlobStore) => {
          await store.keep(drafted(directory.path, text));
          // From now on, although removers may still be at it.
          for (let look = 0; look < 3; look += 1) {
            expect(await isThere(store, sha256, text), `seed ${seed}`).to.equal(true);
          }
        };
        const remove = async (store: BlobStore) => {
          if (await store.removeIfOlder(sha256, AFTER_THAT)) removals += 1;
        };
        const works = [
          () => keep(keeper()),
          () => remove(remover()),
          () => remove(otherRemover()),
          ...(seed % 2 === 0 ? [() => keep(otherKeeper())] : []),
        ];
        await interleaved(numbersFrom(seed), link === undefined ? {} : { link }, works);
        expect(namesBeside(sha256), `seed ${seed}`).to.deep.equal([sha256]);
        expect((await keeper().stat(sha256))?.renewedAt.getTime()).to.be.above(Date.now() - 60_000);
      }
      // Else it has shown nothing.
      expect(removals).to.be.within(1, 2 * ROUNDS);
    });
  }

  describe('in which a remover crashed while bytes were aside', () => {
    const aside = async (text: string, at: Date) => {
      const draft = drafted(directory.path, text);
      await keeper().keep(draft);
      const moved = `${place(draft.sha256)}.${ASIDE}`;
      renameSync(place(draft.sha256), moved);
      utimesSync(moved, at, at);
      return draft;
    };

    it('has them still, and lists them', async () => {
      const { sha256 } = await aside('aside', new Date());
      expect(await isThere(keeper(), sha256, 'aside')).to.equal(true);
      const listed = await Array.fromAsync(keeper().list());
      expect(listed.filter((blob) => blob.sha256 === sha256)).to.have.length(1);
    });

    it('removes them if they are old', async () => {
      const { sha256 } = await aside('old aside', LONG_AGO);
      expect(await keeper().removeIfOlder(sha256, AFTER_THAT)).to.equal(true);
      expect(namesBeside(sha256)).to.deep.equal([]);
    });

    it('keeps the same bytes again', async () => {
      const draft = await aside('again aside', LONG_AGO);
      await keeper().keep(draft);
      expect(await keeper().removeIfOlder(draft.sha256, AFTER_THAT)).to.equal(false);
      expect(await isThere(keeper(), draft.sha256, 'again aside')).to.equal(true);
    });
  });

  it('whose folders were removed makes them again at the next try', async () => {
    const draft = drafted(directory.path, 'without a folder');
    await keeper().keep(draft);
    rmSync(dirname(dirname(place(draft.sha256))), { recursive: true });
    expect(await rejectionOf(keeper().keep(draft))).to.be.instanceOf(StorageUnavailable);
    await keeper().keep(draft);
    expect(await isThere(keeper(), draft.sha256, 'without a folder')).to.equal(true);
  });

  it('replaces bytes of another length by those that are kept', async () => {
    const { sha256 } = drafted(directory.path, 'the whole');
    await keeper().keep(drafted(directory.path, 'the whole'));
    writeFileSync(place(sha256), 'the');
    await keeper().keep(drafted(directory.path, 'the whole'));
    expect(readFileSync(place(sha256), 'utf8')).to.equal('the whole');
  });
});
