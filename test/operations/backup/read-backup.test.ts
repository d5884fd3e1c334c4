import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { FolderPlace } from '../../../src/operations/backup/folder-place.ts';
import { writeManifest } from '../../../src/operations/backup/manifest.ts';
import { eventsOfBackup, openBackup } from '../../../src/operations/backup/read-backup.ts';
import { SegmentWriter } from '../../../src/operations/backup/segment-writer.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { MANIFEST, recordedEvents } from './backed-up.ts';

describe('reading a backup', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let place: FolderPlace;
  /** The files of its segments; the last one is open. */
  let files: string[];

  beforeEach(async () => {
    directory = temporaryDirectory();
    place = new FolderPlace(directory.path);
    await place.make();
    await writeManifest(place, MANIFEST);
    const writer = await SegmentWriter.resume(place, 4_000);
    await writer.add(recordedEvents(31));
    await writer.commit({ up_to: '31', kept: 0, missing: 0 }, new Date());
    await writer.close();
    files = readdirSync(join(directory.path, 'events')).map((name) => join(directory.path, 'events', name));
    expect(files.length).to.be.greaterThan(3);
  });

  afterEach(() => directory.remove());

  const damage = async () =>
    (await rejectionOf(openBackup(place).then((backup) => Array.fromAsync(eventsOfBackup(backup))))).message;
  const change = (file: string, change: (text: string) => string) =>
    writeFileSync(file, change(readFileSync(file, 'utf8')));

  it('says what is no backup', async () => {
    rmSync(join(directory.path, 'backup.json'));
    expect(await damage())
      .to.contain('There is no backup')
      .and.contain('backup.json is missing');
  });

  it('says that a newer release made it', async () => {
    change(join(directory.path, 'backup.json'), (text) => text.replace('"format": 1', '"format": 2'));
    expect(await damage()).to.contain('it has format 2, and this release knows 1');
  });

  it('names file and line of text that is no event', async () => {
    change(files[1] as string, (text) => text.replace(/\n\{"position"/, '\n{"pos\u0000tion"'));
    expect(await damage()).to.match(/^events\/\d{20}\.ndjson line 2: it is not JSON/);
  });

  it('notices a changed letter in a line that is still an event', async () => {
    change(files[0] as string, (text) => text.replace('salesforce', 'Salesforce'));
    expect(await damage()).to.match(/^events\/0{19}1\.ndjson: its lines have the sha256 /);
    change(files[0] as string, (text) => text.replace('Salesforce', 'salesforce'));
    change(files.at(-1) as string, (text) => text.replace('salesforce', 'Salesforce'));
    expect(await damage()).to.match(/its first \d+ bytes are not those that were acknowledged$/);
  });

  it('notices a segment that is missing, at the beginning, between others and at the end', async () => {
    const aside = join(directory.path, 'aside');
    const closed = files.slice(0, -1);
    for (const file of closed) {
      renameSync(file, aside);
      expect(await damage()).to.match(/segment \d+( of \d+)? is missing/);
      renameSync(aside, file);
    }
    rmSync(files.at(-1) as string);
    expect(await damage()).to.match(/\.ndjson: it is missing$/);
  });

  it('notices that a segment was cut off, or that the open one is shorter than what was acknowledged', async () => {
    change(files[0] as string, (text) => text.slice(0, -30));
    expect(await damage()).to.match(/^events\/0{19}1\.ndjson: its last line does not close it/);
  });

  it('notices that the open segment is shorter than what was acknowledged', async () => {
    change(files.at(-1) as string, (text) => text.slice(0, -30));
    expect(await damage()).to.match(/it has \d+ bytes of the \d+ that were acknowledged$/);
  });

  it('notices a segment of another backup', async () => {
    const other = join(directory.path, 'other');
    mkdirSync(other);
    const otherPlace = new FolderPlace(other);
    await otherPlace.make();
    const writer = await SegmentWriter.resume(otherPlace, 4_000);
    await writer.add(recordedEvents(31));
    await writer.commit({ up_to: '31', kept: 0, missing: 0 }, new Date());
    await writer.close();
    const second = files[1] as string;
    writeFileSync(second, readFileSync(second.replace(directory.path, other)));
    expect(await damage()).to.match(/^events\/\d{20}\.ndjson: it does not follow on the segment before$/);
  });

  it('leaves out what was not acknowledged, in the open segment and after it', async () => {
    const last = files.at(-1) as string;
    change(last, (text) => `${text}{"position":"32","str`);
    writeFileSync(join(directory.path, 'events', `${'32'.padStart(20, '0')}.ndjson`), '{"position":"3');
    const backup = await openBackup(place);
    expect((await Array.fromAsync(eventsOfBackup(backup))).flat()).to.have.length(31);
    const writer = await SegmentWriter.resume(place);
    await writer.close();
    expect(readFileSync(last, 'utf8')).to.match(/\}\n$/);
  });
});
