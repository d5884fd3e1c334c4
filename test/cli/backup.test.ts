import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import type { EventLog } from '../../src/events/event-log.ts';
import { openEventStoreLog } from '../../src/events/eventstore/open.ts';
import { accessStream } from '../../src/events/streams.ts';
import { placeOf } from '../../src/importer/blobs/blob-store.ts';
import { type BlobsPlace, parseBlobsUrl } from '../../src/importer/blobs/blobs-place.ts';
import { EmbeddedSealedStore } from '../../src/importer/sealed/embedded/embedded-sealed-store.ts';
import { openMongoSealedStore } from '../../src/importer/sealed/mongodb/mongo-sealed-store.ts';
import type { SealedStore } from '../../src/importer/sealed/sealed-store.ts';
import { lastBackup } from '../../src/operations/backup/last-backup.ts';
import { eventsOfBackup, openBackup } from '../../src/operations/backup/read-backup.ts';
import { readSealed } from '../../src/operations/backup/sealed-secrets.ts';
import { openBackupImages, openBackupPlace } from '../../src/stores/open-backup.ts';
import { sha256Of } from '../importer/blobs/drafted.ts';
import { imageEvent } from '../operations/backup/backed-up.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { newEvent, USER_REGISTERED } from '../support/events.ts';
import { startStandIn } from '../support/eventstore/stand-in.ts';
import { imports, runImports } from '../support/imports.ts';
import { describeWithMongodb, freshDatabase } from '../support/mongodb.ts';
import { describeWithS3, testS3 } from '../support/s3.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/until.ts';

const BYTES = Buffer.from('the bytes of an image');
const USER = 'user-f1900bba-e339-4dc9-87df-9dc8665adead';

/** What a backup has, read as a restore does. */
async function contentOf(where: BlobsPlace) {
  const place = await openBackupPlace(where, false);
  const backup = await openBackup(place);
  const images = await openBackupImages(where, backup.manifest.log, false);
  const events = (await Array.fromAsync(eventsOfBackup(backup))).flat();
  const kept = (await Array.fromAsync(images.list())).map(({ sha256 }) => sha256);
  await images.close();
  await place.close();
  return { ...backup, events, kept };
}

/** Puts bytes where the service keeps them. */
function keepBlob(folder: string, bytes: Buffer): void {
  const path = join(folder, placeOf(sha256Of(bytes)));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

describe('npx imports backup', () => {
  let data: EmbeddedData;
  let directory: ReturnType<typeof temporaryDirectory>;
  let folder: string;

  beforeEach(async () => {
    [data, directory] = [embeddedData(), temporaryDirectory()];
    folder = join(directory.path, 'backup');
    await data.append(USER, newEvent(USER_REGISTERED));
    const { stream, events } = imageEvent(BYTES);
    await data.append(stream, ...events);
    keepBlob(join(data.env.DATA_DIR as string, 'blobs'), BYTES);
  });

  afterEach(() => {
    data.remove();
    directory.remove();
  });

  const backUp = (...args: string[]) => imports(data.env, 'backup', folder, ...args);
  const accessOf = () =>
    data.with(async (log) =>
      (await log.readStream(accessStream(log.id))).map(({ type, data, metadata }) => ({
        ...{ type, ...JSON.parse(data) },
        by: JSON.parse(metadata),
      })),
    );

  it('has events and images, is recorded with who and why, and says what it has', async () => {
    const { code, stderr } = await backUp('--operator', 'kim', '--reason', 'each night');
    expect({ code, stderr }).to.deep.equal({
      code: 0,
      stderr: `Added 2 events. ${folder} has 2 events, up to position 2, and 1 image.\n`,
    });
    const { manifest, events, kept } = await contentOf({ kind: 'folder', folder });
    const logId = await data.with(async (log) => log.id);
    expect(manifest).to.deep.include({ log: logId, kind: 'embedded', key: null });
    expect(events.map(({ type }) => type)).to.deep.equal(['UserRegistered', 'ImportSucceeded']);
    expect(kept).to.deep.equal([sha256Of(BYTES)]);
    const [recorded] = await accessOf();
    expect(recorded).to.deep.include({
      type: 'LogBackedUp',
      to: folder,
      kind: 'once',
      up_to: '2',
      events: 2,
      images: 1,
    });
    expect(recorded?.by).to.include({ operator: 'kim', reason: 'each night' });
    expect(await lastBackup(data.env.DATA_DIR as string, logId)).to.include({ to: folder, up_to: '2', missing: 0 });
    const again = await backUp('--json');
    expect(JSON.parse(again.stdout)).to.include({ up_to: '3', events: 3, images: 1, missing: 0 });
    expect((await contentOf({ kind: 'folder', folder })).events.at(-1)?.type).to.equal('LogBackedUp');
  });

  it('ends with 3 if bytes are missing, after all else was backed up', async () => {
    rmSync(join(data.env.DATA_DIR as string, 'blobs'), { recursive: true });
    const { code, stderr } = await backUp();
    expect(code).to.equal(3);
    expect(stderr)
      .to.match(/^Image \S+ of import-\S+ is not in the backup: there are no such bytes\.$/m)
      .and.match(/^1 image could not be had: missing\.json in .+ names them\.$/m);
    expect((await contentOf({ kind: 'folder', folder })).events).to.have.length(2);
  });

  it('goes on until it is stopped, which is no failure, and records its beginning and its end', async () => {
    const running = runImports(data.env, ['backup', folder, '--every', '100ms']);
    const upTo = () => {
      try {
        return JSON.parse(readFileSync(join(folder, 'progress.json'), 'utf8')).up_to;
      } catch {
        return null;
      }
    };
    await until('it has its own beginning', () => upTo() === '3');
    expect((await imports(data.env, 'backup', folder)).stderr).to.equal(
      `Another process backs up to ${folder} just now: one at a time does.\n`,
    );
    await data.append('user-f1900bba-e339-4dc9-87df-9dc8665adeae', newEvent(USER_REGISTERED));
    await until('it has what is new', () => upTo() === '4');
    running.interrupt();
    expect((await running.ended).code).to.equal(0);
    expect((await accessOf()).map(({ kind, up_to }) => [kind, up_to])).to.deep.equal([
      ['begun', '0'],
      ['ended', '4'],
    ]);
  });

  it('refuses a folder with something else in it, and the backup of another log', async () => {
    writeFileSync(join(directory.path, 'letter'), 'Dear Kim');
    const elsewhere = await imports(data.env, 'backup', directory.path);
    expect(elsewhere).to.include({ code: 1 });
    expect(elsewhere.stderr).to.contain('has other things in it, and no backup.json: name an empty place.');
    expect(readdirSync(directory.path)).to.deep.equal(['letter']);
    await backUp();
    const other = embeddedData();
    await other.append(USER, newEvent(USER_REGISTERED));
    const refused = await imports(other.env, 'backup', folder);
    other.remove();
    expect(refused).to.include({ code: 1 });
    expect(refused.stderr).to.match(/has the backup of the log \S+, and this is the log \S+: name another place\./);
  });

  it('wants one place, and says what a place and a time are like', async () => {
    for (const [args, said] of [
      [[], 'give a folder, or --to s3://bucket/prefix'],
      [[folder, '--to', 's3://bucket/prefix'], 'give a folder, or --to s3://bucket/prefix'],
      [['--to', '/mnt'], 'It must be like s3://bucket/prefix'],
      [[folder, '--every', '1'], 'It must be a time from 100ms to 24h, such as 1s or 5m.'],
      [[folder, '--every', '2d'], 'It must be a time from 100ms to 24h'],
    ] as const) {
      const { code, stderr } = await imports(data.env, 'backup', ...args);
      expect(code).to.equal(2);
      expect(stderr).to.contain(said);
    }
  });

  /** Keeps a secret of a connection, and one of an import, which does not outlive it. */
  async function sealInto(store: SealedStore): Promise<void> {
    await store.put('connection 2cb9eb0f', Buffer.from('sealed'), null);
    await store.put('import 01a21aa1', Buffer.from('of an hour'), new Date(Date.now() + 3_600_000));
    await store.close();
  }

  const sealedIn = async () => {
    const place = await openBackupPlace({ kind: 'folder', folder }, false);
    return (await readSealed(place)).map(({ id, sealed }) => [id, sealed.toString()]);
  };

  it('has the sealed secrets of connections, and not those of imports', async () => {
    await sealInto(new EmbeddedSealedStore({ file: join(data.env.DATA_DIR as string, 'sealed.db') }));
    expect(await backUp()).to.include({ code: 0 });
    expect(await sealedIn()).to.deep.equal([['connection 2cb9eb0f', 'sealed']]);
  });

  describeWithMongodb('with the views in MongoDB', () => {
    it('has those that are sealed there', async () => {
      const { url, drop } = await freshDatabase();
      await sealInto(await openMongoSealedStore({ url }));
      expect(await imports({ ...data.env, MONGODB_URL: url }, 'backup', folder)).to.include({ code: 0 });
      expect(await sealedIn()).to.deep.equal([['connection 2cb9eb0f', 'sealed']]);
      await drop();
    });
  });

  describe('of EventStoreDB', () => {
    it('has the same format', async () => {
      const server = await startStandIn();
      let log: EventLog | undefined;
      try {
        log = await openEventStoreLog({ url: server.url });
        await log.append(USER, [newEvent(USER_REGISTERED)], 'no_stream');
        const { stream, events } = imageEvent(BYTES);
        await log.append(stream, events, 'no_stream');
        const blobs = join(directory.path, 'blobs');
        keepBlob(blobs, BYTES);
        const env = {
          ...{ ...data.env, DATA_DIR: join(directory.path, 'data') },
          ...{ EVENTSTORE_URL: server.url, BLOBS_URL: pathToFileURL(blobs).href },
        };
        expect(await imports(env, 'backup', folder)).to.include({ code: 0 });
        expect(await imports(env, 'backup', folder)).to.include({ code: 0 });
        const content = await contentOf({ kind: 'folder', folder });
        expect(content.manifest).to.deep.include({ log: log.id, kind: 'eventstoredb' });
        expect(content.events).to.deep.equal((await log.readAll(0n, 10)).slice(0, 3));
        expect(content.kept).to.deep.equal([sha256Of(BYTES)]);
      } finally {
        await log?.close();
        await server.stop();
      }
    }).timeout(60_000);
  });

  describeWithS3('to S3', () => {
    const s3 = testS3();

    it('has the same, also when it goes on', async () => {
      const bucket = s3.makeBucket();
      const to = `s3://${bucket}/of/imports`;
      const where = parseBlobsUrl(to) as BlobsPlace;
      expect(await imports(data.env, 'backup', '--to', to)).to.include({ code: 0 });
      const running = runImports(data.env, ['backup', '--to', to, '--every', '100ms']);
      await until('it has two of its own', async () => (await contentOf(where)).progress.events === 4);
      running.interrupt();
      expect((await running.ended).code).to.equal(0);
      const { events, kept } = await contentOf(where);
      expect(events.map(({ position }) => position)).to.deep.equal([1n, 2n, 3n, 4n]);
      expect(kept).to.deep.equal([sha256Of(BYTES)]);
      expect(s3.names(bucket).some((name) => name.endsWith('lock.json'))).to.equal(false);
    });

    it('leaves images there that are in S3 already, and says where they are', async () => {
      const bucket = s3.makeBucket();
      const env = { ...data.env, BLOBS_URL: `s3://${bucket}/images` };
      const { code, stderr } = await imports(env, 'backup', folder);
      expect(code).to.equal(3);
      expect(stderr).to.contain('there are no such bytes');
      const { manifest } = await contentOf({ kind: 'folder', folder });
      expect(manifest.blobs).to.deep.equal({ kind: 's3', address: `s3://${bucket}/images` });
      expect(readdirSync(folder)).not.to.include('images');
    });
  });
});
