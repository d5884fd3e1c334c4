import { expect } from 'chai';
import type { BackupPlace } from '../../src/operations/backup/backup-place.ts';
import { writeManifest } from '../../src/operations/backup/manifest.ts';
import { eventsOfBackup, openBackup } from '../../src/operations/backup/read-backup.ts';
import { SegmentWriter } from '../../src/operations/backup/segment-writer.ts';
import { MANIFEST, recordedEvents } from '../operations/backup/backed-up.ts';
import { rejectionOf } from '../support/rejection-of.ts';

/** A place of a test, empty at first. */
export interface TestPlace {
  /** Opens it for another process. */
  open(): Promise<BackupPlace>;
  /** What is there below `events`, as names of files. */
  files(): string[];
  cleanUp(): Promise<void>;
}

const NAME = '00000000000000000001';
const IMAGES = { up_to: '0', kept: 0, missing: 0 };
const AT = new Date('2026-11-27T01:00:00Z');

/** What every place of backups must do. */
export function describeBackupPlace(name: string, makePlace: () => Promise<TestPlace>): void {
  describe(`${name}: the contract of the place of backups`, () => {
    let test: TestPlace;
    let place: BackupPlace;

    beforeEach(async () => {
      test = await makePlace();
      place = await test.open();
    });

    afterEach(async () => {
      await place.close();
      await test.cleanUp();
    });

    it('has nothing at first, and then what was written last', async () => {
      expect(await place.isEmpty()).to.equal(true);
      expect(await place.read('progress.json')).to.equal(null);
      await place.write('progress.json', 'one, which is longer');
      await place.write('progress.json', 'two');
      expect(String(await place.read('progress.json'))).to.equal('two');
      expect(await place.isEmpty()).to.equal(false);
    });

    it('keeps a segment that grows, and goes on with it after what was acknowledged', async () => {
      const segment = await place.openSegment(NAME, Buffer.alloc(0));
      await segment.append(Buffer.from('one '));
      await segment.sync();
      await segment.append(Buffer.from('two '));
      await segment.append(Buffer.from('three '));
      await segment.sync();
      await segment.append(Buffer.from('lost '));
      await segment.close();
      expect(String(await place.readSegment(NAME, 14))).to.equal('one two three ');
      expect(String(await place.readSegment(NAME, 4))).to.equal('one ');

      const later = await place.openSegment(NAME, Buffer.from('one '));
      await later.append(Buffer.from('2 '));
      await later.sync();
      await later.append(Buffer.from('3 '));
      expect(String(await place.readSegment(NAME, 6))).to.equal('one 2 ');
      await later.finish(Buffer.from('end'));
      await place.tidy(NAME);
      expect(String(await place.readSegment(NAME, 6))).to.equal('one 2 ');
      await place.tidy(null);
      expect(String(await place.readSegment(NAME, null))).to.equal('one 2 3 end');
      expect(String(await place.readSegment(NAME, 6))).to.equal('one 2 ');
      expect(test.files()).to.deep.equal([`${NAME}.ndjson`]);
    });

    it('lists whole segments in the order of their names, and misses those that are not there', async () => {
      for (const number of [3, 1, 2]) {
        const segment = await place.openSegment(String(number).padStart(20, '0'), Buffer.alloc(0));
        await segment.finish(Buffer.from('end'));
      }
      expect((await place.segments()).map(Number)).to.deep.equal([1, 2, 3]);
      expect(await place.readSegment('00000000000000000004', null)).to.equal(null);
      expect(await place.readSegment('00000000000000000004', 10)).to.equal(null);
    });

    it('is locked for one at a time', async () => {
      const other = await test.open();
      const lock = await place.lock(() => {});
      await lock.assertHeld();
      expect(await rejectionOf(other.lock(() => {}))).to.have.property('code', 'backup_in_use');
      await lock.close();
      await (await other.lock(() => {})).close();
      expect(await place.isEmpty()).to.equal(true);
      await other.close();
    });

    it('gives back all events that were acknowledged, and goes on with them', async () => {
      const events = recordedEvents(50);
      await writeManifest(place, MANIFEST);
      for (const [from, to] of [
        [0, 7],
        [7, 8],
        [8, 30],
        [30, 50],
      ] as const) {
        const writer = await SegmentWriter.resume(place, 4_000);
        await writer.add(events.slice(from, to));
        await writer.commit(IMAGES, AT);
        // These are not acknowledged.
        await writer.add(events.slice(to, to + 1));
        await writer.close();
        const backup = await openBackup(place);
        expect(backup.progress).to.include({ up_to: String(to), events: to, at: AT.toISOString() });
        expect((await Array.fromAsync(eventsOfBackup(backup))).flat()).to.deep.equal(events.slice(0, to));
      }
      const { closed } = (await openBackup(place)).progress;
      expect(closed?.number).to.be.greaterThan(3);
    });
  });
}
