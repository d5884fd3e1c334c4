import { copyFileSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openEmbeddedLog, openEmbeddedLogForReading } from '../../../src/events/embedded/open.ts';
import { Salvage } from '../../../src/events/embedded/salvage.ts';
import type { EventLog, NewEvent } from '../../../src/events/event-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { newEvent, newStream } from '../new-event.ts';
import { allOf, eventsIn, expectRefused, newPlace } from './fixture.ts';

describe('an embedded log whose file is written over by cp while it is open', () => {
  let place: ReturnType<typeof newPlace>;
  let file: string;
  let copy: string;
  let log: EventLog;

  beforeEach(async () => {
    place = newPlace();
    file = place.file;
    copy = `${place.directory}/copy.db`;
    log = await openEmbeddedLog({ file });
    await append(3);
  });

  afterEach(async () => {
    await log.close();
    place.remove();
  });

  async function append(count: number): Promise<void> {
    for (let at = 0; at < count; at += 1) await log.append(newStream(), [usualEvent()], 'no_stream');
  }

  /** As large as that of an import, so that the log gets longer. */
  function usualEvent(): NewEvent {
    return { ...newEvent(), data: JSON.stringify({ params: 'x'.repeat(800) }) };
  }

  async function restart(): Promise<void> {
    await log.close();
    log = await openEmbeddedLog({ file });
  }

  /** Does SQL on the file, as any SQLite tool. */
  function sql(text: string, of = file): void {
    const database = new DatabaseSync(of);
    database.exec(text);
    database.close();
  }

  /** Each way makes a copy of three events. Then the log gets 20 more, all of whose pages are in the write-ahead log. */
  const copies: { readonly [what: string]: () => Promise<void> } = {
    'that SQLite has made': async () => sql(`VACUUM INTO '${copy}'`),
    'that cp has made of the closed file': async () => {
      await log.close();
      copyFileSync(file, copy);
      log = await openEmbeddedLog({ file });
      await append(5);
      await restart();
    },
    'of another log': async () => {
      const other = await openEmbeddedLog({ file: copy });
      for (let at = 0; at < 40; at += 1) await other.append(newStream(), [usualEvent()], 'no_stream');
      await other.close();
      sql('VACUUM', copy);
    },
    'that is no database': async () => copyFileSync(import.meta.filename, copy),
  };

  for (const [what, make] of Object.entries(copies)) {
    it(`with a copy ${what}: it records nothing more, says so, and leaves both as they are`, async () => {
      await make();
      await append(20);
      copyFileSync(copy, file);
      const says = 'the file was written over while it was in use';
      expect((await rejectionOf(log.append(newStream(), [newEvent()], 'no_stream'))).message).to.include(says);
      expect((await rejectionOf(log.head())).message).to.include(says);
      expect((await rejectionOf(log.probe())).message).to.include(says);
      const wal = readFileSync(`${file}-wal`);
      await log.close();
      expect(readFileSync(file).equals(readFileSync(copy)), 'the copy is as it was').to.equal(true);
      expect(readFileSync(`${file}-wal`).equals(wal), 'the write-ahead log is as it was').to.equal(true);
      await expectRefused(place, /-wal goes on from another file/);
      expect(await rejectionOf(openEmbeddedLogForReading({ file }))).to.include({ code: 'log_damaged' });
    });
  }

  it('and is stopped at once is refused by the next start, and loses no event', async () => {
    sql(`VACUUM INTO '${copy}'`);
    await append(20);
    const all = await allOf(log);
    copyFileSync(copy, file);
    await log.close();
    await expectRefused(place, /-wal goes on from another file.+imports restore.+move its -wal.+imports salvage/);
    const salvage = new Salvage(file, `${place.directory}/scratch`, () => {});
    expect(Array.from(salvage.all(), ({ event }) => event.id)).to.deep.equal(all.map(({ id }) => id));
    salvage.close();
    for (const beside of ['-wal', '-shm']) rmSync(`${file}${beside}`, { force: true });
    expect(await eventsIn(file)).to.have.length(3);
  });

  it('beside the write-ahead log of a process that was killed is refused', async () => {
    sql(`VACUUM INTO '${copy}'`);
    await append(20);
    const killed = `${place.directory}/killed.db`;
    for (const part of ['', '-wal']) copyFileSync(`${file}${part}`, `${killed}${part}`);
    await log.close();
    for (const part of ['', '-wal']) renameSync(`${killed}${part}`, `${file}${part}`);
    expect(await eventsIn(file)).to.have.length(23);
    // Opening it has moved the one into the other.
    log = await openEmbeddedLog({ file });
    await append(5);
    for (const part of ['', '-wal']) copyFileSync(`${file}${part}`, `${killed}${part}`);
    await log.close();
    copyFileSync(copy, file);
    renameSync(`${killed}-wal`, `${file}-wal`);
    rmSync(killed);
    await expectRefused(place, /-wal goes on from another file/);
  });

  it('is not one that another process has moved its write-ahead log into, or has packed', async () => {
    for (const statement of [
      'PRAGMA wal_checkpoint(PASSIVE)',
      'PRAGMA wal_checkpoint(TRUNCATE)',
      'PRAGMA wal_checkpoint(RESTART); PRAGMA user_version = 1',
      'VACUUM',
      'VACUUM; PRAGMA wal_checkpoint(TRUNCATE)',
      'PRAGMA user_version = 1; VACUUM; PRAGMA wal_checkpoint(PASSIVE)',
    ]) {
      await append(5);
      sql(statement);
      await append(1);
      await log.head();
      await restart();
      await append(1);
    }
    expect(await allOf(log)).to.have.length(3 + 6 * 7);
  });

  it('is not one that was touched', async () => {
    utimesSync(file, new Date(), new Date(0));
    await append(1);
    expect(await log.head()).to.equal(4n);
  });
});
