import { cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { until } from '../../support/until.ts';
import { eventsIn, expectRefused, newPlace, startAppender } from './fixture.ts';

describe('an embedded log whose process was killed with the newest events in the write-ahead log', () => {
  const left = newPlace();
  let place: ReturnType<typeof newPlace>;
  let file: string;

  /** What a process leaves that is killed while it appends. */
  async function appendUntilKilled(at: string): Promise<void> {
    const appender = startAppender(at, { inFlight: 8 });
    await until('it appends', () => appender.acknowledged.length > 100);
    appender.process.kill('SIGKILL');
    await appender.ended;
  }

  before(async () => {
    await appendUntilKilled(left.file);
    expect(statSync(`${left.file}-wal`).size).to.be.above(100_000);
  });

  after(() => left.remove());

  beforeEach(() => {
    place = newPlace();
    file = place.file;
    cpSync(left.directory, place.directory, { recursive: true });
  });

  afterEach(() => place.remove());

  it('is whole, although the file is shorter than the log', async () => {
    expect(await eventsIn(file)).to.have.length.above(100);
  });

  it('is refused if the file is cut off', async () => {
    // Pages of the log's own tables; a page that is also in the write-ahead log would not be missed.
    truncateSync(file, 4096 + 100);
    await expectRefused(place, /malformed|cut off|not as made/);
  });

  for (const [what, where] of Object.entries({
    'the header': 18,
    'a frame in the middle': 32 + 20 * (24 + 4096) + 1000,
    'the salt of a frame': 32 + 20 * (24 + 4096) + 9,
    'the size of a frame': 32 + 20 * (24 + 4096) + 5,
  })) {
    it(`is refused if ${what} of the write-ahead log was overwritten, because SQLite would drop everything after it`, async () => {
      const wal = readFileSync(`${file}-wal`);
      wal.writeUInt8(wal.readUInt8(where) ^ 1, where);
      writeFileSync(`${file}-wal`, wal);
      await expectRefused(place, /-wal is damaged at frame \d+, with \d+ appends after it/);
    });
  }

  it('is whole without the transaction that a power failure left half written', async () => {
    const { length } = await eventsIn(file);
    await appendUntilKilled(file);
    truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - 2000);
    expect(await eventsIn(file)).to.have.length.above(length);
  });

  it('is refused if the file is missing or empty', async () => {
    rmSync(file);
    await expectRefused(place, /missing or empty/);
    writeFileSync(file, '');
    await expectRefused(place, /missing or empty/);
  });
});
