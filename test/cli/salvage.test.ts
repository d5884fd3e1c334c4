import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openEmbeddedLog, openEmbeddedLogForReading } from '../../src/events/embedded/open.ts';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import { eventInLine } from '../../src/operations/transfer/event-line.ts';
import { IMPORT_REQUESTED, newEvent } from '../support/events.ts';
import { imports } from '../support/imports.ts';
import { JWT_SECRET } from '../support/service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Many, so that the table has pages inside; some of them longer than a page. */
const EVENTS = 600;
const STREAMS = 40;
const PAGE_BYTES = 4_096;

describe('npx imports salvage', () => {
  let whole: ReturnType<typeof temporaryDirectory>;
  let directory: ReturnType<typeof temporaryDirectory>;
  let damaged: string;
  let file: string;
  let made: string;
  let id: string;
  let events: RecordedEvent[];
  let backup: string;

  const env = (DATA_DIR: string) => ({ NODE_ENV: 'production', JWT_SECRET, DATA_DIR });

  before(async () => {
    whole = temporaryDirectory();
    backup = join(whole.path, 'backup');
    mkdirSync(join(whole.path, 'data'));
    const log = await openEmbeddedLog({ file: join(whole.path, 'data/events.db') });
    for (let count = 0; count < EVENTS; count += 1) {
      const fact = {
        ...IMPORT_REQUESTED,
        data: { ...IMPORT_REQUESTED.data, params: { text: 'x'.repeat((count % 20) * 500) } },
      };
      const stream =
        count % 50 === 7 ? 'operations' : `import-3d172b54-f40f-4df9-9342-0b042fac${5000 + (count % STREAMS)}`;
      await log.append(stream, [newEvent(fact as typeof IMPORT_REQUESTED)], 'any');
    }
    id = log.id;
    events = await log.readAll(0n, EVENTS);
    await log.close();
    expect((await imports(env(join(whole.path, 'data')), 'backup', backup)).code).to.equal(0);
    // The backup was recorded as one more event.
    const again = await openEmbeddedLogForReading({ file: join(whole.path, 'data/events.db') });
    events = await again.readAll(0n, EVENTS + 1);
    await again.close();
  });

  after(() => whole.remove());

  beforeEach(() => {
    directory = temporaryDirectory();
    damaged = join(directory.path, 'damaged');
    mkdirSync(damaged);
    file = join(damaged, 'events.db');
    copyFileSync(join(whole.path, 'data/events.db'), file);
    made = join(directory.path, 'made');
  });

  afterEach(() => directory.remove());

  const salvage = (...args: string[]) => imports(env(damaged), 'salvage', made, '--yes', '--json', ...args);
  const linesOf = (name: string) =>
    existsSync(join(made, name)) ? readFileSync(join(made, name), 'utf8').split('\n').slice(0, -1) : [];

  async function madeLog(): Promise<{ id: string; events: RecordedEvent[] }> {
    const log = await openEmbeddedLogForReading({ file: join(made, 'events.db') });
    const all = await log.readAll(0n, 10_000);
    await log.close();
    return { id: log.id, events: all };
  }

  function overwrite(at: number, bytes: Buffer): void {
    const damage = readFileSync(file);
    bytes.copy(damage, at);
    writeFileSync(file, damage);
  }

  /** The numbers of the pages that begin with a byte. */
  function pages(type: number): number[] {
    const bytes = readFileSync(file);
    return Array.from({ length: bytes.length / PAGE_BYTES }, (_, index) => index).filter(
      (index) => index > 0 && bytes[index * PAGE_BYTES] === type,
    );
  }

  it('of a log that is whole makes the same one, with one more event that says so', async () => {
    const before = readFileSync(file);
    const { code, stdout, stderr } = await salvage('--operator', 'kim', '--reason', 'ticket 4711');
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({
      log: id,
      events: EVENTS + 1,
      sound: EVENTS + 1,
      missing: 0,
      set_aside: 0,
    });
    const log = await madeLog();
    expect(log.id).to.equal(id);
    expect(log.events.slice(0, -1)).to.deep.equal(events);
    expect(log.events.at(-1)).to.include({ type: 'LogRestored' });
    expect(JSON.parse(log.events.at(-1)?.metadata ?? '')).to.include({ operator: 'kim', reason: 'ticket 4711' });
    expect(readFileSync(file)).to.deep.equal(before);
    expect(linesOf('missing.ndjson')).to.deep.equal([]);
  });

  const middle = (of: number[]) => of[of.length >> 1] as number;
  const NOISE = Buffer.alloc(PAGE_BYTES, 0xf2);
  for (const [what, damage, atMost] of [
    [
      'a flipped byte in the middle of an event',
      () => overwrite(readFileSync(file).indexOf('"xxxxx', PAGE_BYTES * 100) + 3, Buffer.from('y')),
      1,
    ],
    ['the header of a page of events', () => overwrite(middle(pages(0x0d)) * PAGE_BYTES, Buffer.alloc(8, 0xff)), 0],
    ['a whole page of events', () => overwrite(middle(pages(0x0d)) * PAGE_BYTES, NOISE), 30],
    ['a page inside of the table', () => overwrite(middle(pages(0x05)) * PAGE_BYTES, NOISE), 0],
    [
      'all pages of the indexes',
      () => {
        for (const page of [...pages(0x0a), ...pages(0x02)]) overwrite(page * PAGE_BYTES, NOISE);
      },
      0,
    ],
    ['the first page, and so the whole schema', () => overwrite(0, NOISE), 0],
    [
      'a file that was cut off',
      () => truncateSync(file, Math.floor(statSync(file).size / 2 / PAGE_BYTES) * PAGE_BYTES + 100),
      EVENTS,
    ],
  ] as const) {
    it(`goes around ${what}: it takes every sound event, says what is missing, and takes that from a backup`, async () => {
      damage();
      const { code, stdout, stderr } = await salvage();
      expect(code, stderr).not.to.equal(1);
      const { sound, missing, log, events: kept, set_aside: setAside } = JSON.parse(stdout);
      expect(code, stderr).to.equal(missing > 0 ? 3 : 0);
      expect(missing).to.be.at.most(atMost);
      if (atMost > 0) expect(missing).to.be.above(0);
      expect(sound).to.equal(kept + setAside);
      expect(log === id).to.equal(missing === 0);
      const { events: all } = await madeLog();
      const known = new Map(events.map((event) => [event.id, event]));
      for (const { id: eventId, type, data, metadata, stream } of all.slice(0, -1)) {
        expect(known.get(eventId)).to.include({ type, data, metadata, stream });
      }
      for (const line of linesOf('set-aside.ndjson'))
        expect(eventInLine(line)).to.deep.equal(known.get(eventInLine(line).id));
      const lacking = linesOf('missing.ndjson').map((line) => JSON.parse(line));
      expect(lacking.reduce((sum, { from, to }) => sum + (from === undefined ? 0 : to - from + 1), 0)).to.equal(
        missing,
      );
      for (const { position, stream, id: eventId } of lacking.filter((line) => line.position !== undefined)) {
        const event = events[position - 1] as RecordedEvent;
        if (stream !== null) expect(stream).to.equal(event.stream);
        if (eventId !== null) expect(eventId).to.equal(event.id);
      }

      made = join(directory.path, 'with-backup');
      const filled = await salvage('--backup', backup);
      expect(filled.code, filled.stderr).to.equal(missing > 0 && JSON.parse(filled.stdout).missing > 0 ? 3 : 0);
      const again = await madeLog();
      // The last event is of after the backup.
      expect(again.events.slice(0, EVENTS)).to.deep.equal(events.slice(0, EVENTS));
    });
  }

  it('keeps the beginning of a stream that lacks an event, sets the rest of it aside, and closes up the stream of operations', async () => {
    const lost = events.filter(({ stream }) => stream === 'operations')[2] as RecordedEvent;
    const other = events.filter(({ stream }) => stream.endsWith('5000'))[3] as RecordedEvent;
    for (const event of [lost, other])
      overwrite(readFileSync(file).indexOf(`${event.id}Import`) + 36, Buffer.from('J'));
    const { code, stderr } = await salvage();
    expect(code, stderr).to.equal(3);
    const { events: all } = await madeLog();
    const of = (stream: string, log: readonly RecordedEvent[]) =>
      log.filter((event) => event.stream === stream).map((event) => event.id);
    expect(of(other.stream, all)).to.deep.equal(of(other.stream, events).slice(0, 3));
    expect(linesOf('set-aside.ndjson').map((line) => eventInLine(line).id)).to.deep.equal(
      of(other.stream, events).slice(4),
    );
    expect(of('operations', all)).to.deep.equal(of('operations', events).filter((eventId) => eventId !== lost.id));
    const missing = linesOf('missing.ndjson').map((line) => JSON.parse(line));
    expect(missing).to.deep.include({
      position: Number(lost.position),
      stream: 'operations',
      revision: 2,
      id: lost.id,
    });
  });

  it('takes what is only in the write-ahead log of a service that was killed', async () => {
    const log = await openEmbeddedLog({ file });
    await log.append('import-3d172b54-f40f-4df9-9342-0b042fac6000', [newEvent(IMPORT_REQUESTED)], 'no_stream');
    const killed = join(directory.path, 'killed');
    mkdirSync(killed);
    for (const end of ['', '-wal']) copyFileSync(file + end, join(killed, `events.db${end}`));
    await log.close();
    damaged = killed;
    expect(JSON.parse((await salvage()).stdout)).to.include({ log: id, events: EVENTS + 2, missing: 0 });
  });

  it('refuses a folder with a log, and the backup of another log', async () => {
    expect((await imports(env(damaged), 'salvage', damaged, '--yes')).stderr).to.contain('has an events.db');
    const other = join(directory.path, 'other');
    mkdirSync(other);
    const log = await openEmbeddedLog({ file: join(other, 'events.db') });
    await log.append('operations', [newEvent(IMPORT_REQUESTED)], 'any');
    await log.close();
    damaged = other;
    const { code, stderr } = await salvage('--backup', backup);
    expect(code).to.equal(1);
    expect(stderr).to.contain('name its own backup');
    expect(existsSync(join(made, 'salvage.tmp'))).to.equal(false);
    expect(new DatabaseSync(join(other, 'events.db')).prepare('SELECT count(*) AS n FROM events').get()).to.include({
      n: 1,
    });
  });
});
