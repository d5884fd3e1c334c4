import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import type { EmbeddedLog } from '../../src/events/embedded/embedded-log.ts';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import type { RecordedEvent } from '../../src/events/event-log.ts';
import { describeEventLog } from '../contracts/event-log.ts';
import { rejectionOf } from '../support/rejection-of.ts';
import { until } from '../support/until.ts';
import { allOf, newPlace } from './embedded/fixture.ts';
import { newEvent, newStream } from './new-event.ts';

describeEventLog('embedded log', async () => {
  const { file, remove } = newPlace();
  const opened = [await openEmbeddedLog({ file })];
  return {
    log: opened[0] as EmbeddedLog,
    async reopen() {
      await opened[0]?.close();
      const again = await openEmbeddedLog({ file });
      opened.push(again);
      return again;
    },
    async cleanUp() {
      for (const log of opened) await log.close();
      remove();
    },
  };
});

describe('embedded log', () => {
  let place: ReturnType<typeof newPlace>;
  let log: EmbeddedLog;
  let others: EmbeddedLog[];

  /** A second opening of the same file has its own connections, as another process has. */
  async function openAnother(): Promise<EmbeddedLog> {
    const another = await openEmbeddedLog({ file: place.file });
    others.push(another);
    return another;
  }

  beforeEach(async () => {
    place = newPlace();
    others = [];
    log = await openEmbeddedLog({ file: place.file });
  });

  afterEach(async () => {
    for (const opened of [log, ...others]) await opened.close();
    place.remove();
  });

  describe('positions', () => {
    it('are dense from 1, whatever fails in between', async () => {
      const taken = newStream();
      await log.append(taken, [newEvent()], 'no_stream');
      await Promise.allSettled(
        Array.from({ length: 200 }, (_, index) =>
          log.append(index % 3 === 0 ? taken : newStream(), [newEvent(), newEvent()].slice(index % 2), 'no_stream'),
        ),
      );
      const events = await allOf(log);
      expect(await log.head()).to.equal(BigInt(events.length));
    });

    it('are 0 for the head of an empty log', async () => {
      expect(await log.head()).to.equal(0n);
      expect(await log.newest()).to.equal(null);
      expect(await log.readAll(0n, 10)).to.deep.equal([]);
    });
  });

  describe('appends at the same time', () => {
    it('share transactions', async () => {
      const before = commitsIn(`${place.file}-wal`);
      await Promise.all(Array.from({ length: 200 }, () => log.append(newStream(), [newEvent()], 'no_stream')));
      expect(commitsIn(`${place.file}-wal`) - before).to.be.within(1, 4);
    });

    it('to one stream behave as if they came one by one', async () => {
      const stream = newStream();
      const event = newEvent();
      const outcomes = await Promise.allSettled([
        log.append(stream, [event], 'no_stream'),
        log.append(stream, [newEvent()], 0),
        log.append(stream, [newEvent()], 0),
        log.append(stream, [event], 7),
        log.append(stream, [newEvent(), newEvent()], 1),
      ]);
      expect(
        outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.revision : 'failed')),
      ).to.deep.equal([0, 1, 'failed', 0, 3]);
    });
  });

  it('refuses an event id that is already in another stream or in the same append', async () => {
    const event = newEvent();
    await log.append(newStream(), [event], 'no_stream');
    for (const events of [[event], [newEvent(), event]]) {
      const error = await rejectionOf(log.append(newStream(), events, 'no_stream'));
      expect(error).to.include({ code: 'event_id_taken' });
      expect(error.message).to.include(event.id);
    }
    const twice = newEvent();
    const error = await rejectionOf(log.append(newStream(), [twice, twice], 'any'));
    expect(error).to.include({ code: 'event_id_taken' });
    expect(error.message).to.include(twice.id);
    expect(await log.head()).to.equal(1n);
  });

  it('refuses an append without events', async () => {
    expect(await rejectionOf(log.append(newStream(), [], 'any'))).to.be.instanceOf(RangeError);
  });

  describe('a second log on the same file', () => {
    it('appends and reads at the same time', async () => {
      const another = await openAnother();
      expect(another.id).to.equal(log.id);
      const appends = [log, another].flatMap((one) =>
        Array.from({ length: 100 }, () => one.append(newStream(), [newEvent()], 'no_stream')),
      );
      await Promise.all(appends);
      expect(await allOf(another)).to.have.length(200);
      expect(await allOf(log)).to.have.length(200);
    });

    it('is noticed by a follower', async () => {
      const another = await openAnother();
      const seen: RecordedEvent[] = [];
      let levels = 0;
      for await (const page of log.follow(0n, new AbortController().signal)) {
        seen.push(...page);
        if (seen.length > 0) break;
        levels += 1;
        if (levels === 1) await another.append(newStream(), [newEvent()], 'no_stream');
      }
      // It says that it is level once a second: the append is noticed before.
      expect(levels).to.equal(1);
    });

    it('makes appends unavailable in time while it holds the lock, and no longer', async () => {
      const warnings: string[] = [];
      const impatient = await openEmbeddedLog({
        file: place.file,
        busyTimeoutMs: 50,
        logger: { warn: (message) => warnings.push(message) },
      });
      others.push(impatient);
      const event = newEvent();
      const stream = newStream();
      const holder = new DatabaseSync(place.file);
      holder.exec('BEGIN IMMEDIATE');
      for (let time = 0; time < 2; time += 1) {
        const error = await rejectionOf(impatient.append(stream, [event], 'no_stream'));
        expect(error).to.include({ code: 'log_unavailable' });
      }
      expect(await impatient.head()).to.equal(0n);
      holder.close();
      expect((await impatient.append(stream, [event], 'no_stream')).position).to.equal(1n);
      expect(warnings).to.have.length(2);
      expect(warnings[0]).to.match(/database is locked$/, 'operators, who appended nothing, are told of it as well');
    });
  });

  describe('the file', () => {
    it('can be read by any SQLite tool, and can only be appended to', async () => {
      const stream = newStream();
      const event = newEvent();
      await log.append(stream, [event], 'no_stream');
      const db = new DatabaseSync(place.file);
      try {
        const row = { ...db.prepare('SELECT stream, revision, id, type, data, metadata FROM events').get() };
        expect(row).to.deep.equal({ stream, revision: 0, ...event });
        for (const statement of [
          "UPDATE events SET data = '{}'",
          'DELETE FROM events',
          'INSERT OR REPLACE INTO events SELECT * FROM events',
          "INSERT INTO events SELECT 5, 'gap', revision, 'x', type, data, metadata, crc FROM events",
          "UPDATE log SET id = 'x'",
          'DELETE FROM log',
        ]) {
          expect(() => db.exec(statement), statement).to.throw();
        }
      } finally {
        db.close();
      }
      expect(await allOf(log)).to.have.length(1);
    });

    it('has no write-ahead log after the log is closed', async () => {
      await log.append(newStream(), [newEvent()], 'no_stream');
      await log.close();
      expect(readdirSync(place.directory)).to.deep.equal(['events.db']);
    });

    it('keeps a bounded write-ahead log while it grows and is followed', async () => {
      const stop = new AbortController();
      const following = (async () => {
        for await (const page of log.follow(0n, stop.signal)) if (page.at(-1)?.position === 6000n) stop.abort();
      })();
      const data = JSON.stringify({ text: 'x'.repeat(2000) });
      for (let round = 0; round < 60; round += 1) {
        const appends = Array.from({ length: 100 }, () =>
          log.append(newStream(), [{ ...newEvent(), data }], 'no_stream'),
        );
        await Promise.all(appends);
      }
      await following;
      expect(statSync(place.file).size).to.be.above(12_000_000);
      expect(statSync(`${place.file}-wal`).size).to.be.below(16_000_000);
    });

    it('has its write-ahead log cut back after a long read', async () => {
      const reader = new DatabaseSync(place.file, { readOnly: true });
      try {
        reader.exec('BEGIN; SELECT * FROM events');
        const data = JSON.stringify({ text: 'x'.repeat(100_000) });
        for (let megabytes = 0; megabytes < 25; megabytes += 1) {
          const events = Array.from({ length: 10 }, () => ({ ...newEvent(), data }));
          await log.append(newStream(), events, 'no_stream');
        }
        expect(statSync(`${place.file}-wal`).size).to.be.above(25_000_000);
      } finally {
        reader.close();
      }
      await until('it is cut back', async () => {
        await log.append(newStream(), [newEvent()], 'no_stream');
        return statSync(`${place.file}-wal`).size < 17_000_000;
      });
    });

    it('is not written any more after it was removed', async () => {
      rmSync(place.file);
      const error = await rejectionOf(log.append(newStream(), [newEvent()], 'no_stream'));
      expect(error).to.include({ code: 'log_unavailable' });
    });
  });

  it('does not follow after it is closed', async () => {
    const following = rejectionOf(
      (async () => {
        for await (const _ of log.follow(0n, new AbortController().signal)) setImmediate(() => log.close());
      })(),
    );
    expect(await following).to.include({ code: 'log_unavailable' });
  });
});

/** The transactions in a write-ahead log: frames that say the database's size after a COMMIT. */
function commitsIn(wal: string): number {
  const bytes = readFileSync(wal);
  let commits = 0;
  for (let at = 32; at < bytes.length; at += 24 + 4096) commits += bytes.readUInt32BE(at + 4) > 0 ? 1 : 0;
  return commits;
}
