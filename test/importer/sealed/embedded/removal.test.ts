import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { EmbeddedSealedStore } from '../../../../src/importer/sealed/embedded/embedded-sealed-store.ts';
import { temporaryDirectory } from '../../../support/temporary-directory.ts';

const PAGE_BYTES = 512;
/** Each 16 bytes of what is put have a mark, then a number that tells whose they are. */
const MARK = Buffer.from('seal-mark');
const PIECE_BYTES = 16;

/** Bytes that can be found again, wherever in a file a piece of them is. */
function marked(bytes: number, number: number): Buffer {
  const content = randomBytes(bytes);
  for (let at = 0; at + PIECE_BYTES <= bytes; at += PIECE_BYTES) {
    MARK.copy(content, at);
    content.writeUInt32BE(number, at + MARK.length);
  }
  return content;
}

/** The numbers of all pieces in the files of a folder. Pieces that are cut by the end of a page are left out. */
function numbersIn(folder: string): Set<number> {
  const numbers = new Set<number>();
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));
    for (let at = bytes.indexOf(MARK); at !== -1; at = bytes.indexOf(MARK, at + 1)) {
      if ((at % PAGE_BYTES) + PIECE_BYTES <= PAGE_BYTES) numbers.add(bytes.readUInt32BE(at + MARK.length));
    }
  }
  return numbers;
}

describe('what is removed from sealed.db', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let store: EmbeddedSealedStore;
  let file: string;

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory.path, 'sealed.db');
    store = new EmbeddedSealedStore({ file });
  });

  afterEach(async () => {
    await store.close();
    directory.remove();
  });

  it('is in no file any more once the call has ended, however rows are made, replaced, moved and removed', async () => {
    const kept = new Map<string, number>();
    const now = new Date('2026-01-02T00:00:00.000Z');
    let next = 0;
    const put = (id: string, expiresAt: Date | null) => {
      next += 1;
      kept.set(id, next);
      return store.put(id, marked(randomInt(PIECE_BYTES + 64, randomInt(2) === 0 ? 900 : 6_000), next), expiresAt);
    };
    const some = () => [...kept.keys()][randomInt(kept.size)] as string;
    for (let round = 0; round < 60; round += 1) {
      const isGrowing = Math.floor(round / 15) % 2 === 0;
      await Promise.all(
        Array.from({ length: 12 }, () => {
          const dice = Math.random();
          if (kept.size === 0 || dice < (isGrowing ? 0.6 : 0.2))
            return put(`import ${randomBytes(8).toString('hex')}`, now);
          const id = some();
          if (dice < (isGrowing ? 0.7 : 0.4)) return put(id, null);
          kept.delete(id);
          return store.remove(id);
        }),
      );
      expect(numbersIn(directory.path), `round ${round}`).to.deep.equal(new Set(kept.values()));
    }
    expect(next).to.be.above(200);
    await store.removeExpired(now);
    const left = await store.ids('', null, 1_000);
    expect(numbersIn(directory.path)).to.deep.equal(new Set(left.map((id) => kept.get(id))));
    for (const id of left) await store.remove(id);
    expect(numbersIn(directory.path)).to.deep.equal(new Set());
    expect(statSync(file).size).to.be.below(10 * PAGE_BYTES);
  }).timeout(60_000);

  it('is not in what the file was before: there is no write-ahead log, and the journal is empty', async () => {
    await store.put('import 1', marked(5_000, 1), null);
    await store.put('import 1', marked(5_000, 2), null);
    expect(readdirSync(directory.path)).to.have.members(['sealed.db', 'sealed.db-journal', 'sealed.db.lock']);
    expect(statSync(`${file}-journal`).size).to.equal(0);
    expect(numbersIn(directory.path)).to.deep.equal(new Set([2]));
  });
});
