import { copyFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import type { EventLog } from '../../../src/events/event-log.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { newEvent, newStream } from '../new-event.ts';
import { expectRefused, newPlace } from './fixture.ts';

describe('a damaged embedded log', () => {
  let place: ReturnType<typeof newPlace>;
  let file: string;

  beforeEach(() => {
    place = newPlace();
    file = place.file;
  });

  afterEach(() => place.remove());

  describe('is refused, and stays byte for byte as it is,', () => {
    const damages: { readonly [what: string]: { readonly damage: () => void; readonly says: RegExp } } = {
      'if it is no database': {
        damage: () => writeFileSync(file, 'these are the minutes of a meeting\n'.repeat(200)),
        says: /not a database/,
      },
      'if it is another program’s database': {
        damage: () => {
          rmSync(file);
          edit('CREATE TABLE notes (note TEXT)');
        },
        says: /another program.+Name another file/,
      },
      'if a newer version made it': {
        damage: () => edit('PRAGMA user_version = 2'),
        says: /version 2.+Run the version/,
      },
      'if half of it is missing': { damage: () => cutOff(statSync(file).size / 2), says: /malformed|cut off/ },
      'if the last page is gone': { damage: () => cutOff(4096), says: /malformed|cut off/ },
      'if a hundred bytes are gone': { damage: () => cutOff(100), says: /cut off/ },
      'if a page was overwritten': {
        damage: () => overwrite(statSync(file).size - 4096, Buffer.alloc(4096)),
        says: /check found|malformed/,
      },
      'if a payload has another letter': {
        damage: () => overwrite(bytes().lastIndexOf('"text":"xxx') + 9, Buffer.from('y')),
        says: /position \d+ is not as it was appended/,
      },
      'if an index lacks an event': {
        damage: () => overwrite(idInIndex() + 1, Buffer.from('-')),
        says: /check found/,
      },
      'if an event in the middle was deleted': {
        damage: () => editGuarded('events_never_go', 'DELETE FROM events WHERE position = 20'),
        says: /between positions 19 and 21/,
      },
      'if the first event was deleted': {
        damage: () => editGuarded('events_never_go', 'DELETE FROM events WHERE position = 1'),
        says: /between positions 0 and 2/,
      },
      'if an event was moved to another stream': {
        damage: () => editGuarded('events_never_change', "UPDATE events SET stream = 'import-x' WHERE position = 20"),
        says: /position 20 is not as it was appended/,
      },
      'if a guard against changes was dropped': {
        damage: () => edit('DROP TRIGGER events_never_go'),
        says: /trigger events_never_go/,
      },
      'if it has a trigger that would let appends come to nothing': {
        damage: () => edit('CREATE TRIGGER quiet BEFORE INSERT ON Events BEGIN SELECT RAISE(IGNORE); END'),
        says: /the trigger quiet, which this program did not make.+drop it/,
      },
      'if it lost its id': {
        damage: () => editGuarded('log_never_goes', 'DELETE FROM log'),
        says: /lost its id/,
      },
    };

    const whole = newPlace();

    before(() => makeLog(whole.file, 60));

    after(() => whole.remove());

    for (const [what, { damage, says }] of Object.entries(damages)) {
      it(what, async () => {
        copyFileSync(whole.file, file);
        damage();
        await expectRefused(place, says);
      });
    }
  });

  describe('that is too large to be checked whole', () => {
    const data = JSON.stringify({ text: 'x'.repeat(900_000) });

    const whole = newPlace();

    before(async () => {
      const log = await openEmbeddedLog({ file: whole.file });
      for (let megabytes = 0; megabytes < 40; megabytes += 1) {
        await log.append(newStream(), [{ ...newEvent(), data }], 'no_stream');
      }
      for (let round = 0; round < 5; round += 1) {
        await log.append(newStream(), Array.from({ length: 500 }, newEvent), 'no_stream');
      }
      await log.close();
      expect(statSync(whole.file).size).to.be.above(34_000_000);
    });

    after(() => whole.remove());

    beforeEach(() => copyFileSync(whole.file, file));

    it('is refused if one of its newest events is damaged', async () => {
      overwrite(bytes().lastIndexOf('{"n":1}') + 5, Buffer.from('2'));
      await expectRefused(place, /is not as it was appended/);
    });

    it('is noticed by the first read of an old event that is damaged', async () => {
      overwrite(bytes().lastIndexOf('xxxxxxxxxx'), Buffer.from('y'));
      const log = await openEmbeddedLog({ file });
      try {
        expect(await rejectionOf(log.readAll(0n, 100))).to.include({ code: 'log_damaged' });
        const following = log.follow(0n, new AbortController().signal)[Symbol.asyncIterator]();
        expect(await rejectionOf(drain(following))).to.include({ code: 'log_damaged' });
        expect(await log.readAll(40n, 100)).to.have.length(100);
      } finally {
        await log.close();
      }
    });
  });

  it('is noticed by the next read if it was damaged while it was open', async () => {
    const log = await openEmbeddedLog({ file });
    try {
      const stream = newStream();
      await log.append(stream, [newEvent(), newEvent(), newEvent()], 'no_stream');
      editGuarded('events_never_change', "UPDATE events SET metadata = '{}' WHERE position = 2");
      const error = await rejectionOf(log.readStream(stream));
      expect(error).to.include({ code: 'log_damaged' });
      expect(error.message).to.match(/events\.db.+position 2 .+restore a backup/);
      editGuarded('events_never_go', 'DELETE FROM events WHERE position = 2');
      expect((await rejectionOf(log.readStream(stream))).message).to.include(`${stream} lacks its event 1`);
      expect((await rejectionOf(log.readAll(0n, 10))).message).to.include('position 2 is missing');
    } finally {
      await log.close();
    }
  });

  describe('that lost its end while it was open', () => {
    let log: EventLog;
    let lost: string;
    const warnings: string[] = [];

    /** Moves the folder away and back without the write-ahead log, and so without all events but the first two. */
    beforeEach(async () => {
      warnings.length = 0;
      file = `${place.directory}/data/events.db`;
      await (await openEmbeddedLog({ file })).close();
      log = await openEmbeddedLog({ file, logger: { warn: (message) => warnings.push(message) } });
      await log.append(newStream(), [newEvent(), newEvent()], 'no_stream');
      edit('PRAGMA wal_checkpoint(TRUNCATE)');
      lost = newStream();
      await log.append(lost, [newEvent(), newEvent(), newEvent()], 'no_stream');
      rmSync(`${file}-wal`);
      renameSync(`${place.directory}/data`, `${place.directory}/elsewhere`);
      await rejectionOf(log.append(newStream(), [newEvent()], 'no_stream'));
      await rejectionOf(log.head());
      renameSync(`${place.directory}/elsewhere`, `${place.directory}/data`);
    });

    afterEach(() => log.close());

    it('gives no position a second time, and reports the damage', async () => {
      for (let time = 0; time < 3; time += 1) {
        const error = await rejectionOf(log.append(newStream(), [newEvent()], 'no_stream'));
        expect(error).to.include({ code: 'log_damaged' });
        expect(error.message).to.match(/events\.db.+ends at position 2, and this process has seen 5.+restore a backup/);
      }
      expect(warnings.join()).to.match(/ends at position 2/);
      expect(await rejectionOf(log.probe())).to.include({ code: 'log_damaged' });
    });

    for (const [what, read] of Object.entries({
      head: () => log.head(),
      newest: () => log.newest(),
      readAll: () => log.readAll(0n, 10),
      readStream: () => log.readStream(lost),
      follow: () => drain(log.follow(5n, new AbortController().signal)[Symbol.asyncIterator]()),
    })) {
      it(`is noticed by ${what}, as often as it is asked`, async () => {
        for (let time = 0; time < 3; time += 1) {
          expect(await rejectionOf(read())).to.include({ code: 'log_damaged' });
        }
      });
    }
  });

  describe('does not include a log that is', () => {
    it('missing: it is made with its directory', async () => {
      const log = await openEmbeddedLog({ file: `${place.directory}/a/b/events.db` });
      await log.close();
      const again = await openEmbeddedLog({ file: `${place.directory}/a/b/events.db` });
      expect(again.id).to.equal(log.id);
      await again.close();
    });

    for (const [trace, make] of Object.entries({
      'an empty file': () => writeFileSync(file, ''),
      'a database without tables': () => edit('PRAGMA journal_mode = WAL'),
    })) {
      it(`left as ${trace} by a process that was killed while it made it: it is made`, async () => {
        make();
        const log = await openEmbeddedLog({ file });
        expect((await log.append(newStream(), [newEvent()], 'no_stream')).position).to.equal(1n);
        await log.close();
      });
    }

    it('in a directory that cannot be made: it is unavailable', async () => {
      writeFileSync(file, 'a file, where a directory is asked for');
      const error = await rejectionOf(openEmbeddedLog({ file: `${file}/events.db` }));
      expect(error).to.include({ code: 'log_unavailable' });
    });
  });

  async function makeLog(at: string, count: number): Promise<void> {
    const log = await openEmbeddedLog({ file: at });
    const data = JSON.stringify({ text: 'x'.repeat(800) });
    for (let index = 0; index < count; index += 1) {
      await log.append(`import-${index % 7}`, [{ ...newEvent(), data }], 'any');
    }
    await log.close();
  }

  function bytes(): Buffer {
    return readFileSync(file);
  }

  function overwrite(at: number, by: Buffer): void {
    const damaged = bytes();
    expect(at).to.be.within(100, damaged.length - by.length);
    by.copy(damaged, at);
    writeFileSync(file, damaged);
  }

  function cutOff(count: number): void {
    truncateSync(file, statSync(file).size - count);
  }

  /** Where an event's id stands in the index over ids: there no type follows it. */
  function idInIndex(): number {
    const db = new DatabaseSync(file);
    const { id } = db.prepare('SELECT id FROM events WHERE position = 30').get() as { id: string };
    db.close();
    const places = [bytes().indexOf(id), bytes().lastIndexOf(id)];
    const isFollowed = (at: number) => bytes().toString('latin1', at + 36, at + 51) === 'ImportRequested';
    return places.find((at) => !isFollowed(at)) ?? -1;
  }

  function edit(sql: string): void {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  }

  /** Changes what a trigger guards, and puts the trigger back. */
  function editGuarded(trigger: string, sql: string): void {
    const db = new DatabaseSync(file);
    const guard = db.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(trigger) as { sql: string };
    db.exec(`DROP TRIGGER ${trigger}; ${sql}; ${guard.sql}`);
    db.close();
  }
});

async function drain(pages: AsyncIterator<unknown>): Promise<void> {
  for (;;) await pages.next();
}
