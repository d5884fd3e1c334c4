import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LogDamaged } from '../../../src/events/errors.ts';
import type { RecordedEvent } from '../../../src/events/event-log.ts';
import { newId } from '../../../src/events/new-id.ts';
import { StorageUnavailable } from '../../../src/importer/blobs/blob-store.ts';
import { Drafts } from '../../../src/importer/blobs/draft.ts';
import { type BackupPlace, BackupUnavailable } from '../../../src/operations/backup/backup-place.ts';
import { FolderPlace } from '../../../src/operations/backup/folder-place.ts';
import { writeManifest } from '../../../src/operations/backup/manifest.ts';
import type { Progress } from '../../../src/operations/backup/progress.ts';
import { eventsOfBackup, openBackup } from '../../../src/operations/backup/read-backup.ts';
import { shipLasting } from '../../../src/operations/backup/ship-lasting.ts';
import { type ShippingParts, shipLog } from '../../../src/operations/backup/shipping.ts';
import { sha256Of } from '../../importer/blobs/drafted.ts';
import { CONNECTION_ADDED, IMPORT_REQUESTED, newEvent } from '../../support/events.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { MemoryLog } from '../../support/memory-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { failingAfter, imageEvent, MANIFEST } from './backed-up.ts';

describe('a backup of a log', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let log: MemoryLog;
  let from: MemoryBlobs;
  let to: MemoryBlobs;
  let missing: string[];
  let sealed: string;
  let stop: AbortController;

  beforeEach(async () => {
    directory = temporaryDirectory();
    [log, from, to, missing, sealed, stop] = [
      new MemoryLog(),
      new MemoryBlobs(),
      new MemoryBlobs(),
      [],
      'sealed',
      new AbortController(),
    ];
    await writeManifest(await folder(), MANIFEST);
  });

  afterEach(() => {
    stop.abort();
    directory.remove();
  });

  async function folder(): Promise<FolderPlace> {
    const place = new FolderPlace(join(directory.path, 'backup'));
    await place.make();
    return place;
  }

  const request = async (count = 1) => {
    for (let made = 0; made < count; made += 1) await log.append(`import-${newId()}`, [newEvent(IMPORT_REQUESTED)]);
  };

  /** An import with an image of these bytes. */
  const succeed = async (bytes: string) => {
    from.kept.set(sha256Of(bytes), Buffer.from(bytes));
    const { stream, events } = imageEvent(Buffer.from(bytes));
    await log.append(stream, events);
  };

  const partsWith = (place: BackupPlace): Omit<ShippingParts, 'everyMs'> => ({
    ...{ logId: log.id, place, signal: stop.signal, patienceMs: 1_000 },
    lock: { assertHeld: async () => {}, close: async () => {} },
    images: { from, to, drafts: new Drafts({ folder: join(directory.path, 'tmp'), limitBytes: 1e9, floorBytes: 1 }) },
    sealed: async () => sealed,
    onAcknowledged: () => {},
    onProgress: () => {},
    onMissing: ({ reason }) => missing.push(reason),
    onTrouble: () => {},
  });

  const once = async (place?: BackupPlace) => shipLog(log, { ...partsWith(place ?? (await folder())), everyMs: null });

  const backedUp = async () => (await Array.fromAsync(eventsOfBackup(await openBackup(await folder())))).flat();

  /** Backs up until it is stopped. */
  async function lasting(place?: BackupPlace) {
    const said: string[] = [];
    let acknowledged: Progress | null = null;
    const ended = shipLasting({
      ...partsWith(place ?? (await folder())),
      everyMs: 100,
      open: async () => log,
      onAway: (error) => said.push(`away: ${error.message}`),
      onBack: () => said.push('back'),
      onAcknowledged: (progress) => {
        acknowledged = progress;
      },
    });
    ended.catch(() => {});
    return { said, ended, has: () => acknowledged?.events ?? 0 };
  }

  it('has all events and images, and adds what is new the second time', async () => {
    await request(600);
    await succeed('one');
    await succeed('two');
    expect(await once()).to.deep.include({ up_to: '602', events: 602, images: { up_to: '602', kept: 2, missing: 0 } });
    await succeed('three');
    await request(3);
    const begun = Date.now();
    const progress = await once();
    expect(progress).to.deep.include({ up_to: '606', events: 606, images: { up_to: '606', kept: 3, missing: 0 } });
    expect(Date.parse(progress.at)).to.be.at.least(begun);
    expect(await backedUp()).to.deep.equal(log.events);
    expect([...to.kept.values()].map(String)).to.have.members(['one', 'two', 'three']);
  });

  it('of a log without events is one, too', async () => {
    expect(await once()).to.include({ up_to: '0', events: 0 });
    expect(await backedUp()).to.deep.equal([]);
    await request();
    expect(await once()).to.include({ up_to: '1' });
  });

  it('ends, though the log grows faster than it is read', async () => {
    await request(1_000);
    const { signal } = stop;
    log.readAll = () => Promise.reject(new Error('it is followed'));
    const follow = log.follow.bind(log);
    log.follow = async function* (after, ending) {
      for await (const page of follow(after, ending)) {
        await request(600);
        yield page;
      }
    };
    const progress = await shipLog(log, { ...partsWith(await folder()), everyMs: null, signal });
    expect(progress.up_to).to.equal('1000');
  });

  it('goes on past images that are missing or damaged, names them, and tries them again the next time', async () => {
    await succeed('gone');
    await succeed('short');
    await succeed('turned');
    await succeed('sound');
    from.kept.delete(sha256Of('gone'));
    from.kept.set(sha256Of('short'), Buffer.from('shor'));
    from.kept.set(sha256Of('turned'), Buffer.from('TURNED'));
    expect((await once()).images).to.deep.equal({ up_to: '4', kept: 1, missing: 3 });
    expect(missing.toSorted()).to.deep.equal([
      `the bytes that are there have the sha256 ${sha256Of('TURNED')}`,
      'there are 4 bytes',
      'there are no such bytes',
    ]);
    expect(JSON.parse(readFileSync(join(directory.path, 'backup/missing.json'), 'utf8'))).to.have.length(3);
    expect([...to.kept.keys()]).to.deep.equal([sha256Of('sound')]);
    for (const text of ['gone', 'short']) from.kept.set(sha256Of(text), Buffer.from(text));
    expect((await once()).images).to.deep.equal({ up_to: '4', kept: 3, missing: 1 });
    expect(missing).to.have.length(3);
    expect(from.open).to.equal(0);
  });

  it('only looks whether images are there, if they stay in S3', async () => {
    await succeed('there');
    await succeed('gone');
    from.kept.delete(sha256Of('gone'));
    const parts = partsWith(await folder());
    const { images } = await shipLog(log, { ...parts, everyMs: null, images: { ...parts.images, to: null } });
    expect(images).to.deep.equal({ up_to: '2', kept: 1, missing: 1 });
    expect(to.kept.size).to.equal(0);
  });

  it('has the events, though the store of images is away; it goes on with the images the next time', async () => {
    await request(5);
    await succeed('one');
    const { read } = from;
    from.read = () => Promise.reject(new StorageUnavailable('it is away'));
    expect(await rejectionOf(once())).to.have.property('code', 'storage_unavailable');
    const { progress } = await openBackup(await folder());
    expect(progress).to.deep.include({ up_to: '6', images: { up_to: '5', kept: 0, missing: 0 } });
    from.read = read;
    expect((await once()).images).to.deep.equal({ up_to: '6', kept: 1, missing: 0 });
  });

  it('refuses a log that was replaced by an older one, by one with other events, or by another log', async () => {
    await request(3);
    await once();
    const before = log.events.splice(2) as [RecordedEvent];
    expect((await rejectionOf(once())).message).to.match(/position 3, .+ the log has none there: the log was replaced/);
    await log.append(before[0].stream, [newEvent(IMPORT_REQUESTED)]);
    expect((await rejectionOf(once())).message).to.contain('the log has another one there');
    const other = { ...partsWith(await folder()), everyMs: null, logId: newId() };
    expect((await rejectionOf(shipLog(log, other))).message).to.contain('replaced by another one');
    expect(await backedUp()).to.have.length(3);
  });

  it('has all events before one that is damaged', async () => {
    await request(700);
    const [follow, readAll] = [log.follow.bind(log), log.readAll.bind(log)];
    const damaged = () => new LogDamaged('event 612 is damaged');
    log.readAll = async (after, limit) => {
      if (Number(after) + limit >= 612) throw damaged();
      return readAll(after, limit);
    };
    log.follow = async function* (after, signal) {
      for await (const page of follow(after, signal)) {
        if (page.some(({ position }) => position === 612n)) throw damaged();
        yield page;
      }
    };
    expect(await rejectionOf(once())).to.have.property('code', 'log_damaged');
    expect(await backedUp()).to.deep.equal(log.events.slice(0, 611));
  });

  it('can be read up to its progress wherever it crashed, and the next run goes on with it', async () => {
    for (let calls = 0, isWhole = false; !isWhole; calls += 1) {
      rmSync(join(directory.path, 'backup'), { recursive: true });
      to.kept.clear();
      await writeManifest(await folder(), MANIFEST);
      [log.events.length, sealed] = [0, 'sealed'];
      await request(2);
      await succeed('one');
      await once();
      await request(2);
      await succeed('two');
      const place = await folder();
      isWhole = await once(failingAfter(calls, place)).then(
        () => true,
        () => false,
      );
      const { progress } = await openBackup(place);
      expect((await backedUp()).length)
        .to.equal(Number(progress.up_to))
        .and.be.at.least(3);
      await request(2);
      await once();
      expect(await backedUp()).to.deep.equal(log.events);
      expect(to.kept.size).to.equal(2);
    }
  });

  describe('that goes on', () => {
    it('acknowledges what is new, and takes the rest when it is stopped', async () => {
      const { ended, has } = await lasting();
      await request(2);
      await until('it has two', () => has() === 2);
      await succeed('one');
      await until('it has three', () => has() === 3);
      await request(700);
      stop.abort();
      expect(await ended).to.deep.include({ events: 703, images: { up_to: '703', kept: 1, missing: 0 } });
      expect(await backedUp()).to.deep.equal(log.events);
    });

    it('waits for a log that is away, and for a place that is full, and says so once each', async () => {
      const place = await folder();
      const { said, ended, has } = await lasting(place);
      await request();
      await until('it has one', () => has() === 1);
      log.setAway(true);
      await until('it notices', () => said.length === 1);
      log.setAway(false);
      await request();
      await until('it has two', () => has() === 2);
      const { write } = place;
      place.write = () => Promise.reject(new BackupUnavailable('its disk is full'));
      await request();
      await until('it notices', () => said.length === 3);
      expect((await openBackup(await folder())).progress.events).to.equal(2);
      place.write = write;
      await until('it has three', () => has() === 3);
      expect(said).to.deep.equal([
        'away: The event log is unavailable: the test says so',
        'back',
        'away: its disk is full',
        'back',
      ]);
      stop.abort();
      await ended;
      expect(await backedUp()).to.deep.equal(log.events);
    });

    it('ends if the log is replaced where it lies', async () => {
      const { ended, has } = await lasting();
      await request(3);
      await until('it has three', () => has() === 3);
      log.events.length = 2;
      await request(2);
      expect(await rejectionOf(ended)).to.have.property('code', 'backup_refused');
    });

    it('has the sealed secrets anew when a connection has changed', async () => {
      const { has } = await lasting();
      const file = join(directory.path, 'backup/sealed.ndjson');
      const kept = () => (existsSync(file) ? readFileSync(file, 'utf8') : null);
      await request();
      await until('it has one', () => has() === 1);
      await until('they are there', () => kept() === 'sealed');
      sealed = 'sealed anew';
      await log.append(`connection-${newId()}`, [newEvent(CONNECTION_ADDED)]);
      await until('they are there anew', () => kept() === 'sealed anew');
    });
  });
});
