import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderPlace } from '../../../src/operations/backup/folder-place.ts';
import { writeManifest } from '../../../src/operations/backup/manifest.ts';
import { eventsOfBackup, openBackup } from '../../../src/operations/backup/read-backup.ts';
import { SegmentWriter } from '../../../src/operations/backup/segment-writer.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { failingAfter, MANIFEST, recordedEvents } from './backed-up.ts';

const IMAGES = { up_to: '0', kept: 0, missing: 0 };

describe('the writer of segments', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let place: FolderPlace;

  const begin = async () => {
    directory = temporaryDirectory();
    place = new FolderPlace(directory.path);
    await place.make();
    await writeManifest(place, MANIFEST);
  };
  beforeEach(begin);
  afterEach(() => directory.remove());

  const backedUp = async () => (await Array.fromAsync(eventsOfBackup(await openBackup(place)))).flat();

  it('loses nothing that was acknowledged at whatever step it crashes while segments are closed', async () => {
    const events = recordedEvents(20);
    for (let calls = 0, isWhole = false; !isWhole; calls += 1) {
      directory.remove();
      await begin();
      const first = await SegmentWriter.resume(place, 4_000);
      await first.add(events.slice(0, 3));
      await first.commit(IMAGES, new Date());
      await first.close();
      const crashing = await SegmentWriter.resume(failingAfter(calls + 2, place), 4_000);
      isWhole = await crashing
        .add(events.slice(3, 15))
        .then(() => crashing.commit(IMAGES, new Date()))
        .then(
          () => true,
          () => false,
        );
      await crashing.close();
      const upTo = Number((await openBackup(place)).progress.up_to);
      expect(await backedUp()).to.deep.equal(events.slice(0, upTo));
      const next = await SegmentWriter.resume(place, 4_000);
      await next.add(events.slice(upTo));
      await next.commit(IMAGES, new Date());
      await next.close();
      expect(await backedUp()).to.deep.equal(events);
    }
  });

  it('goes on with no segment whose beginning is damaged or missing', async () => {
    const writer = await SegmentWriter.resume(place);
    await writer.add(recordedEvents(3));
    await writer.commit(IMAGES, new Date());
    await writer.close();
    const file = join(directory.path, 'events/00000000000000000001.ndjson');
    writeFileSync(file, readFileSync(file, 'utf8').replace('salesforce', 'Salesforce'));
    expect((await rejectionOf(SegmentWriter.resume(place))).message).to.match(/^events\/0{19}1\.ndjson: its first /);
    rmSync(file);
    expect((await rejectionOf(SegmentWriter.resume(place))).message).to.match(/: it is missing$/);
  });

  it('writes over no events whose progress was lost', async () => {
    const writer = await SegmentWriter.resume(place);
    await writer.add(recordedEvents(3));
    await writer.commit(IMAGES, new Date());
    await writer.close();
    rmSync(join(directory.path, 'progress.json'));
    expect((await rejectionOf(SegmentWriter.resume(place))).message).to.contain('it is missing, and there are events');
  });
});
