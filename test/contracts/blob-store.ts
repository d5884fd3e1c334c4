import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { type BlobStore, type KeptBlob, OtherBlobs } from '../../src/importer/blobs/blob-store.ts';
import type { Owner } from '../../src/importer/blobs/owner.ts';
import { drafted, sha256Of } from '../importer/blobs/drafted.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export const OWNER: Owner = { log: '5c3b1b0e-0000-4000-8000-000000000001', service: 'one installation' };
const COPY: Owner = { ...OWNER, service: 'another installation' };
const OTHER: Owner = { ...OWNER, log: '5c3b1b0e-0000-4000-8000-000000000002' };

/** A place for blobs, empty at first. */
export interface BlobPlace {
  open(owner: Owner, onNotice?: (notice: string) => void): Promise<BlobStore>;
  openForReading(owner: Owner): Promise<BlobStore>;
  /** Makes kept bytes look as if they were brought at that time. */
  age(sha256: string, at: Date): Promise<void>;
  /** Everything that is there, as names. */
  names(): Promise<string[]>;
  cleanUp(): Promise<void>;
}

const LONG_AGO = new Date('2026-01-01T00:00:00Z');
const AFTER_THAT = new Date('2026-01-02T00:00:00Z');

/** What every store of blobs must do. */
export function describeBlobStore(name: string, makePlace: () => Promise<BlobPlace>): void {
  describe(`${name}: the contract of the store of blobs`, () => {
    let place: BlobPlace;
    let store: BlobStore;
    let directory: ReturnType<typeof temporaryDirectory>;

    beforeEach(async () => {
      directory = temporaryDirectory();
      place = await makePlace();
      store = await place.open(OWNER);
    });

    afterEach(async () => {
      await store.close();
      await place.cleanUp();
      directory.remove();
    });

    const draft = (bytes: string | Uint8Array) => drafted(directory.path, bytes);
    const keep = async (bytes: string | Uint8Array) => {
      const whole = draft(bytes);
      await store.keep(whole);
      return whole;
    };
    const textOf = async (sha256: string, range?: { start: number; end: number }) => {
      const open = await store.read(sha256, range);
      return open === null ? null : { bytes: open.bytes, text: (await buffer(open.stream)).toString() };
    };
    const all = async () => (await Array.fromAsync(store.list())).toSorted((a, b) => a.sha256.localeCompare(b.sha256));

    describe('bytes', () => {
      it('are kept and read, and the draft stays', async () => {
        const { sha256, path } = await keep('some bytes');
        expect(await textOf(sha256)).to.deep.equal({ bytes: 10, text: 'some bytes' });
        expect(existsSync(path)).to.equal(true);
      });

      it('are read in parts, with the length of the whole', async () => {
        const { sha256 } = await keep('some bytes');
        expect(await textOf(sha256, { start: 5, end: 9 })).to.deep.equal({ bytes: 10, text: 'bytes' });
        expect(await textOf(sha256, { start: 0, end: 0 })).to.deep.equal({ bytes: 10, text: 's' });
      });

      it('that nobody kept are null', async () => {
        expect(await store.read(sha256Of('none'))).to.equal(null);
        expect(await store.stat(sha256Of('none'))).to.equal(null);
      });

      it('of many kilobytes are whole', async () => {
        const bytes = Buffer.alloc(3_000_001, 'abcdefg');
        const { sha256 } = await keep(bytes);
        const open = await store.read(sha256);
        expect(open?.bytes).to.equal(bytes.length);
        expect(sha256Of(await buffer(open?.stream ?? Readable.from([])))).to.equal(sha256);
      });

      it('of length 0 are kept', async () => {
        const { sha256 } = await keep('');
        expect(await textOf(sha256)).to.deep.equal({ bytes: 0, text: '' });
      });

      it('are named with their length and the time when they were brought', async () => {
        const begun = Date.now();
        const { sha256 } = await keep('some bytes');
        const kept = (await store.stat(sha256)) as KeptBlob;
        expect(kept).to.include({ sha256, bytes: 10 });
        expect(kept.renewedAt.getTime()).to.be.within(begun - 2_000, Date.now() + 2_000);
      });

      it('are listed, each once', async () => {
        expect(await all()).to.deep.equal([]);
        const kept = [await keep('one'), await keep('two'), await keep('one')];
        expect((await all()).map(({ sha256, bytes }) => ({ sha256, bytes }))).to.deep.equal(
          [kept[0], kept[1]]
            .map((whole) => ({ sha256: whole?.sha256, bytes: whole?.bytes }))
            .toSorted((a, b) => (a.sha256 ?? '').localeCompare(b.sha256 ?? '')),
        );
      });

      it('go on being read while they are removed', async () => {
        const { sha256 } = await keep(Buffer.alloc(2_000_000, 'x'));
        await place.age(sha256, LONG_AGO);
        const open = await store.read(sha256);
        expect(await store.removeIfOlder(sha256, AFTER_THAT)).to.equal(true);
        expect((await buffer(open?.stream ?? Readable.from([]))).length).to.equal(2_000_000);
      });

      it('may be left unread', async () => {
        const { sha256 } = await keep(Buffer.alloc(2_000_000, 'x'));
        const open = await store.read(sha256);
        open?.stream.destroy();
        expect(open?.bytes).to.equal(2_000_000);
      });

      it('have no name but a sha256', async () => {
        for (const name of ['../../owner.json', 'owner.json', '', 'AB'.repeat(32)]) {
          expect(await rejectionOf(store.read(name))).to.be.instanceOf(RangeError);
          expect(await rejectionOf(store.stat(name))).to.be.instanceOf(RangeError);
          expect(await rejectionOf(store.removeIfOlder(name, new Date()))).to.be.instanceOf(RangeError);
        }
      });
    });

    describe('bytes that are kept again', () => {
      it('are kept once, and as old as their last keeping', async () => {
        const { sha256 } = await keep('some bytes');
        await place.age(sha256, LONG_AGO);
        const before = await place.names();
        await keep('some bytes');
        expect(await place.names()).to.deep.equal(before);
        expect((await store.stat(sha256))?.renewedAt.getTime()).to.be.above(Date.now() - 60_000);
        expect(await textOf(sha256)).to.deep.equal({ bytes: 10, text: 'some bytes' });
      });

      it('by many at once are there in the end', async () => {
        await Promise.all(Array.from({ length: 20 }, () => keep('some bytes')));
        expect(await textOf(sha256Of('some bytes'))).to.deep.equal({ bytes: 10, text: 'some bytes' });
        expect(await all()).to.have.length(1);
      });

      it('are there while others remove them', async () => {
        const { sha256 } = await keep('some bytes');
        for (let round = 0; round < 10; round += 1) {
          await place.age(sha256, LONG_AGO);
          await keep('some bytes');
          const removed = await Promise.all(Array.from({ length: 4 }, () => store.removeIfOlder(sha256, AFTER_THAT)));
          expect(removed).to.not.include(true);
          expect(await textOf(sha256)).to.deep.equal({ bytes: 10, text: 'some bytes' });
        }
      });
    });

    describe('removing', () => {
      it('removes bytes that are older', async () => {
        const { sha256 } = await keep('some bytes');
        await place.age(sha256, LONG_AGO);
        expect(await store.removeIfOlder(sha256, AFTER_THAT)).to.equal(true);
        expect(await store.stat(sha256)).to.equal(null);
        expect(await store.read(sha256)).to.equal(null);
        expect(await all()).to.deep.equal([]);
        expect(await store.removeIfOlder(sha256, AFTER_THAT)).to.equal(false);
      });

      it('leaves bytes that are not', async () => {
        const { sha256 } = await keep('some bytes');
        expect(await store.removeIfOlder(sha256, AFTER_THAT)).to.equal(false);
        expect(await textOf(sha256)).to.deep.equal({ bytes: 10, text: 'some bytes' });
      });

      it('of bytes that are not there does nothing', async () => {
        expect(await store.removeIfOlder(sha256Of('none'), new Date())).to.equal(false);
      });

      it('lets the same bytes be kept again', async () => {
        const { sha256 } = await keep('some bytes');
        await place.age(sha256, LONG_AGO);
        await store.removeIfOlder(sha256, AFTER_THAT);
        await keep('some bytes');
        expect(await textOf(sha256)).to.deep.equal({ bytes: 10, text: 'some bytes' });
      });
    });

    describe('a store', () => {
      it('is opened again by the same log', async () => {
        const { sha256 } = await keep('some bytes');
        const again = await place.open(OWNER);
        expect(again.maySweep).to.equal(true);
        expect((await again.stat(sha256))?.bytes).to.equal(10);
        await again.close();
      });

      it("that is another log's is refused, with what to do", async () => {
        for (const open of [place.open, place.openForReading]) {
          const refusal = await rejectionOf(open(OTHER));
          expect(refusal).to.be.instanceOf(OtherBlobs).with.property('code', 'other_blobs');
          expect(refusal).to.have.property('message').which.includes(OWNER.log).and.includes(OTHER.log);
          expect(refusal).to.have.property('message').which.includes('BLOBS_URL').and.includes('owner.json');
        }
      });

      it('is not swept by a copy of the log, which says so', async () => {
        const notices: string[] = [];
        const copys = await place.open(COPY, (notice) => notices.push(notice));
        expect(copys.maySweep).to.equal(false);
        expect(notices).to.have.length(1);
        expect(notices[0]).to.include('owner.json').and.include('another installation');
        await copys.close();
        expect(store.maySweep).to.equal(true);
      });

      it('is opened by many at once', async () => {
        const fresh = await makePlace();
        try {
          const stores = await Promise.all(Array.from({ length: 5 }, () => fresh.open(OWNER)));
          expect(stores.map(({ maySweep }) => maySweep)).to.deep.equal([true, true, true, true, true]);
          await Promise.all(stores.map((opened) => opened.close()));
        } finally {
          await fresh.cleanUp();
        }
      });

      it('belongs to one of several logs that open it at once', async () => {
        const fresh = await makePlace();
        try {
          const outcomes = await Promise.allSettled(
            Array.from({ length: 6 }, (_, index) => fresh.open(index % 2 === 0 ? OWNER : OTHER)),
          );
          expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(3);
        } finally {
          await fresh.cleanUp();
        }
      });

      it('that is opened for reading is read, makes nothing, and is not swept', async () => {
        const { sha256 } = await keep('some bytes');
        const before = await place.names();
        const reading = await place.openForReading(OWNER);
        expect((await reading.stat(sha256))?.bytes).to.equal(10);
        expect(reading.maySweep).to.equal(false);
        await reading.close();
        expect(await place.names()).to.deep.equal(before);
      });

      it('that is not there yet is empty for those who only read', async () => {
        const fresh = await makePlace();
        try {
          const reading = await fresh.openForReading(OWNER);
          expect(await reading.stat(sha256Of('none'))).to.equal(null);
          expect(await reading.read(sha256Of('none'))).to.equal(null);
          expect(await Array.fromAsync(reading.list())).to.deep.equal([]);
          await reading.close();
          expect(await fresh.names()).to.deep.equal([]);
        } finally {
          await fresh.cleanUp();
        }
      });
    });
  });
}
