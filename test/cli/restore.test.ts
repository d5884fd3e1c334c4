import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { makeEmbeddedLog, unfinishedLog } from '../../src/events/embedded/embedded-log-in-making.ts';
import { openEmbeddedLog, openEmbeddedLogForReading } from '../../src/events/embedded/open.ts';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import { serviceMark } from '../../src/events/service-mark.ts';
import { accessStream } from '../../src/events/streams.ts';
import { placeOf } from '../../src/importer/blobs/blob-store.ts';
import { exportLine } from '../../src/operations/transfer/event-line.ts';
import { readConfig } from '../../src/settings/config.ts';
import { refusing } from '../../src/stores/adoption.ts';
import { openSealedStore } from '../../src/stores/open-sealed.ts';
import { sha256Of } from '../importer/blobs/drafted.ts';
import { imageEvent } from '../operations/backup/backed-up.ts';
import { type EmbeddedData, embeddedData } from '../support/embedded-data.ts';
import { IMPORT_REQUESTED, newEvent, USER_REGISTERED } from '../support/events.ts';
import { imports, runImports } from '../support/imports.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { describeWithS3, testS3 } from '../support/s3.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const BYTES = Buffer.from('the bytes of an image');
const USER = 'user-f1900bba-e339-4dc9-87df-9dc8665adead';
const SECRET = 'connection 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';

describe('npx imports restore', () => {
  let data: EmbeddedData;
  let directory: ReturnType<typeof temporaryDirectory>;
  let backup: string;
  let env: NodeJS.ProcessEnv;
  let dataDir: string;
  /** The log as the backup has it. */
  let id: string;
  let events: RecordedEvent[];

  /** Made once; each test gets a copy. */
  const made = { data: embeddedData(), directory: temporaryDirectory() };

  before(async () => {
    await made.data.append(USER, newEvent(USER_REGISTERED));
    await made.data.append('import-3d172b54-f40f-4df9-9342-0b042fac5382', newEvent(IMPORT_REQUESTED));
    const image = imageEvent(BYTES);
    await made.data.append(image.stream, ...image.events);
    const blob = join(made.data.env.DATA_DIR as string, 'blobs', placeOf(sha256Of(BYTES)));
    mkdirSync(dirname(blob), { recursive: true });
    writeFileSync(blob, BYTES);
    [id, events] = await made.data.with(async (log) => [log.id, await log.readAll(0n, 100)]);
    await withSealed(made.data.env, (store) => store.put(SECRET, Buffer.from('sealed'), null));
    const backedUp = await imports(made.data.env, 'backup', made.directory.path);
    expect(backedUp.code, backedUp.stderr).to.equal(0);
  });

  after(() => {
    made.data.remove();
    made.directory.remove();
  });

  beforeEach(() => {
    [data, directory] = [embeddedData(), temporaryDirectory()];
    backup = join(directory.path, 'backup');
    dataDir = join(directory.path, 'data');
    env = { ...data.env, DATA_DIR: dataDir };
    cpSync(made.data.env.DATA_DIR as string, data.env.DATA_DIR as string, { recursive: true });
    cpSync(made.directory.path, backup, { recursive: true });
  });

  afterEach(() => {
    data.remove();
    directory.remove();
  });

  const restore = (...args: string[]) => imports(env, 'restore', backup, '--yes', ...args);

  async function withSealed<T>(
    settings: NodeJS.ProcessEnv,
    work: (store: Awaited<ReturnType<typeof openSealedStore>>) => Promise<T>,
  ): Promise<T> {
    const store = await openSealedStore(readConfig(settings), refusing('sealed', { id }), () => {});
    return work(store).finally(() => store.close());
  }

  /** All events of the log that was restored. */
  async function restored(): Promise<RecordedEvent[]> {
    const exported = await imports(env, 'events', '--json');
    expect(exported.code, exported.stderr).to.equal(0);
    const log = await openEmbeddedLogForReading({ file: join(dataDir, 'events.db') });
    expect(log.id).to.equal(id);
    const all = await log.readAll(0n, 1_000);
    await log.close();
    return all;
  }

  it('brings back the id, every event to the byte at its position, the images and the sealed secrets, and records it', async () => {
    const { code, stderr } = await restore('--operator', 'kim', '--reason', 'the machine was lost');
    expect(code, stderr).to.equal(0);
    expect(stderr)
      .to.contain(`${backup} is a backup of the log ${id} (embedded)`)
      .and.contain('It brings back 3 events, up to position 3, recorded at ')
      .and.contain('They name 1 image')
      .and.contain('3 events, up to position 3 of the backup, 1 image and 1 sealed secret.');
    const all = await restored();
    expect(all.slice(0, -1)).to.deep.equal(events);
    const last = all.at(-1) as RecordedEvent;
    expect(last).to.include({ type: 'LogRestored', stream: accessStream(id), revision: 0 });
    expect(JSON.parse(last.data)).to.deep.equal({ from: backup, up_to: '3', events: 3, images: 1 });
    expect(JSON.parse(last.metadata)).to.include({ operator: 'kim', reason: 'the machine was lost', log: id });
    expect(readFileSync(join(dataDir, 'blobs', placeOf(sha256Of(BYTES))))).to.deep.equal(BYTES);
    expect(await withSealed(env, (store) => store.get(SECRET))).to.deep.equal(new Uint8Array(Buffer.from('sealed')));
    const config = readConfig(env);
    expect(JSON.parse(readFileSync(join(dataDir, 'blobs/owner.json'), 'utf8'))).to.deep.equal({
      log: id,
      service: serviceMark(config, { id }),
    });
    expect(readdirSync(dataDir).filter((name) => name.includes('unfinished'))).to.deep.equal([]);
  });

  it('looks at the room on the disk before it begins, and says how much is needed', async () => {
    const image = imageEvent(Buffer.from('another image'), { bytes: 1e15 });
    await data.append(image.stream, ...image.events);
    expect((await imports(data.env, 'backup', backup)).code).to.equal(3);
    const { code, stderr } = await restore();
    expect(code).to.equal(1);
    expect(stderr)
      .to.match(/It takes about \d+ MB in \S+ and \d{9} MB in \S+blobs\./)
      .and.match(
        /not enough room on the disk of \S+: \d{9} MB are needed .+, and \d+ MB are free\. Nothing was made\./,
      );
    expect(existsSync(dataDir)).to.equal(false);
    expect((await imports(env, 'restore', backup, '--dry-run')).code).to.equal(0);
  });

  it('never writes over a log', async () => {
    const before = readFileSync(join(data.env.DATA_DIR as string, 'events.db'));
    const { code, stderr } = await imports(data.env, 'restore', backup, '--yes');
    expect(code).to.equal(1);
    expect(stderr).to.contain('events.db is there, and a log is never written over');
    expect(readFileSync(join(data.env.DATA_DIR as string, 'events.db'))).to.deep.equal(before);
  });

  it('asks, and makes nothing without a yes, or with --dry-run', async () => {
    const asked = runImports(env, ['restore', backup], { isAtTerminal: true });
    asked.stdin.end('no\n');
    expect((await asked.ended).code).to.equal(1);
    expect(asked.stderr()).to.contain('It brings back 3 events').and.contain('Nothing was changed.');
    const dry = await imports(env, 'restore', backup, '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).to.deep.include({ log: id, events: 3, images: 1, damage: null, dry_run: true });
    expect((await imports(env, 'restore', backup)).code).to.equal(2);
    expect(existsSync(dataDir)).to.equal(false);
  });

  it('refuses a damaged backup, says what is lost, and brings back what comes before the damage if told', async () => {
    const segment = join(backup, 'events', readdirSync(join(backup, 'events'))[0] as string);
    const text = readFileSync(segment, 'utf8');
    writeFileSync(segment, text.replace('"revision":0', '"revision":1'));
    const refused = await restore();
    expect(refused.code).to.equal(3);
    expect(refused.stderr)
      .to.contain('It is damaged: 3 of the 3 events that it acknowledged are lost.')
      .and.contain('--up-to-damage brings back what comes before that, 0 events.');
    expect(existsSync(join(dataDir, 'events.db'))).to.equal(false);
    expect((await restore('--up-to-damage')).code).to.equal(0);
    expect((await restored()).map(({ type }) => type)).to.deep.equal(['LogRestored']);
  });

  it('also brings back whole events that the backup had written and not acknowledged, and says so', async () => {
    const segment = join(backup, 'events', readdirSync(join(backup, 'events'))[0] as string);
    const more: RecordedEvent = {
      ...newEvent(IMPORT_REQUESTED),
      ...{ stream: 'import-3d172b54-f40f-4df9-9342-0b042fac5383', revision: 0, position: 4n },
    };
    appendFileSync(segment, `${exportLine(more)}{"position":"5","stream":"imp`);
    const { code, stderr } = await restore();
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('1 event of them, the newest, were not acknowledged yet, but are whole.');
    expect((await restored()).slice(0, -1)).to.deep.equal([...events, more]);
  });

  it('goes on with a restore that was killed, and begins nothing anew', async () => {
    mkdirSync(dataDir);
    const making = makeEmbeddedLog(join(dataDir, 'events.db'), id);
    await making.take(events.slice(0, 2));
    expect(() => makeEmbeddedLog(join(dataDir, 'events.db'), id)).to.throw(/Another process makes the log/);
    await making.close();
    expect(existsSync(unfinishedLog(join(dataDir, 'events.db')))).to.equal(true);
    const start = rejectionOf(openEmbeddedLog({ file: join(dataDir, 'events.db') }));
    expect((await start).message).to.contain('events.db.unfinished is there: imports restore makes the log');
    expect(existsSync(join(dataDir, 'events.db'))).to.equal(false);
    expect((await restore()).code).to.equal(0);
    expect((await restored()).slice(0, -1)).to.deep.equal(events);
  });

  it('goes on only with what an earlier try has left of the same events', async () => {
    mkdirSync(dataDir);
    const file = join(dataDir, 'events.db');
    const [first, second, third] = events as [RecordedEvent, RecordedEvent, RecordedEvent];
    for (const [taken, says] of [
      [[first, { ...third, revision: 0 }], /is of an earlier try, with other events \(at position 2\): remove it\./],
      [
        [first, second, third, { ...second, ...newEvent(IMPORT_REQUESTED), revision: 1 }],
        /has more events than these: remove it/,
      ],
    ] as const) {
      const making = makeEmbeddedLog(file, id);
      await making.take(taken);
      await making.close();
      const { code, stderr } = await restore();
      expect(code).to.equal(1);
      expect(stderr).to.match(says);
      expect(existsSync(file)).to.equal(false);
      rmSync(unfinishedLog(file));
    }
    expect((await restore()).code).to.equal(0);
  });

  it('says which image is damaged or missing, brings back the rest, and ends with 3', async () => {
    writeFileSync(join(backup, 'images', placeOf(sha256Of(BYTES))), 'the bytes of an image!');
    const { code, stderr } = await restore();
    expect(code).to.equal(3);
    expect(stderr).to.match(/^Image \S+ of import-\S+ could not be brought back: there are 22 bytes\.$/m);
    expect((await restored()).slice(0, -1)).to.deep.equal(events);
  });

  it('at the same place sets aside what belongs to the log that was there, and is another installation', async () => {
    dataDir = data.env.DATA_DIR as string;
    env = data.env;
    await data.project();
    const mark = serviceMark(readConfig(env), { id });
    rmSync(join(dataDir, 'blobs'), { recursive: true });
    // More is recorded, and projected; then the file is lost, and the end of the log stays in its -wal.
    const wal = await data.with(async (log, readModel) => {
      await log.append('import-3d172b54-f40f-4df9-9342-0b042fac5384', [newEvent(IMPORT_REQUESTED)], 'no_stream');
      return { bytes: readFileSync(join(dataDir, 'events.db-wal')), checkpoint: await readModel.checkpoint() };
    });
    await data.project();
    rmSync(join(dataDir, 'events.db'));
    writeFileSync(join(dataDir, 'events.db-wal'), wal.bytes);
    writeFileSync(join(dataDir, 'events.db-shm'), 'x');
    writeFileSync(join(dataDir, 'deliveries.db'), 'deliveries');
    const { code, stderr } = await restore();
    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(/^Version \d+ of the views was of this log at another time: it is removed/m);
    const [, folder = ''] = /^What belonged to the log that was there before is in (.+) now\.$/m.exec(stderr) ?? [];
    expect(readdirSync(folder)).to.include.members(['events.db-wal', 'deliveries.db']);
    expect((await restored()).slice(0, -1)).to.deep.equal(events);
    expect(serviceMark(readConfig(env), { id })).not.to.equal(mark);
  });

  it('checks that the key is that of the log, if there is one', async () => {
    const manifest = JSON.parse(readFileSync(join(backup, 'backup.json'), 'utf8'));
    writeFileSync(join(backup, 'backup.json'), JSON.stringify({ ...manifest, key: '0123456789abcdef' }));
    const refused = await restore();
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.contain('the log of the backup hangs on the key 0123456789abcdef');
    const { JWT_SECRET: _, ...without } = env;
    const { code, stderr } = await imports({ ...without, NODE_ENV: 'production' }, 'restore', backup, '--yes');
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('JWT_SECRET is not set here, so it is not checked');
  });

  describeWithS3('from S3', () => {
    const s3 = testS3();

    it('brings back the same, and checks images that have stayed in S3', async () => {
      const bucket = s3.makeBucket();
      const from = `s3://${bucket}/of/imports`;
      expect(await imports(data.env, 'backup', '--to', from)).to.include({ code: 0 });
      const { code, stderr } = await imports(env, 'restore', '--from', from, '--yes');
      expect(code, stderr).to.equal(0);
      expect((await restored()).slice(0, events.length)).to.deep.equal(events);
      expect(readFileSync(join(dataDir, 'blobs', placeOf(sha256Of(BYTES))))).to.deep.equal(BYTES);

      const inS3 = { ...env, BLOBS_URL: `s3://${bucket}/images` };
      rmSync(join(directory.path, 'backup'), { recursive: true });
      expect(await imports({ ...data.env, BLOBS_URL: inS3.BLOBS_URL }, 'backup', backup)).to.include({ code: 3 });
      const elsewhere = { ...inS3, DATA_DIR: join(directory.path, 'elsewhere') };
      const again = await imports(elsewhere, 'restore', backup, '--yes');
      expect(again.code, again.stderr).to.equal(3);
      expect(again.stderr)
        .to.contain(`are in s3://${bucket}/images: that they are there is checked.`)
        .and.match(/^Image \S+ of import-\S+ could not be brought back: there are no such bytes\.$/m);
    });
  });
});
