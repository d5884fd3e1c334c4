import { expect } from 'chai';
import type { EventLog, NewEvent, RecordedEvent } from '../../src/events/event-log.ts';
import { newEvent, newStream } from '../events/new-event.ts';
import { rejectionOf } from '../support/rejection-of.ts';

export interface OpenedLog {
  readonly log: EventLog;
  /** Closes the log and opens it again. */
  reopen(): Promise<EventLog>;
  cleanUp(): Promise<void>;
}

/**
 * What every event log must do. Streams are new in each test and positions are compared, never counted, so that it may run
 * over a log that holds other events and has gaps between positions.
 */
export function describeEventLog(name: string, open: () => Promise<OpenedLog>): void {
  describe(`${name}: the event log's contract`, () => {
    let opened: OpenedLog;
    let log: EventLog;

    beforeEach(async () => {
      opened = await open();
      log = opened.log;
    });

    afterEach(() => opened.cleanUp());

    describe('append', () => {
      it('returns revisions from 0 and the position at which the event is read', async () => {
        const stream = newStream();
        const first = await log.append(stream, [newEvent()], 'no_stream');
        const second = await log.append(stream, [newEvent(), newEvent()], 0);
        expect([first.revision, second.revision]).to.deep.equal([0, 2]);
        const events = await log.readStream(stream);
        expect(events.map(({ revision }) => revision)).to.deep.equal([0, 1, 2]);
        expect([events[0]?.position, events[2]?.position]).to.deep.equal([first.position, second.position]);
      });

      it('keeps data and metadata as the same text', async () => {
        const data =
          '{"b":1,"a":12345678901234567890,"text":"é \\u0000 👋 \\"","nested":[{"__proto__":null}],"f":1.50}';
        const event = {
          ...newEvent(),
          data,
          metadata: `{"note":${JSON.stringify('ü'.repeat(1000))},"schema_version":1}`,
        };
        const stream = newStream();
        await log.append(stream, [event], 'no_stream');
        const [read] = await log.readStream(stream);
        expect(read).to.include({ ...event, stream, revision: 0 });
      });

      it('keeps an event of a megabyte', async () => {
        const event = { ...newEvent(), data: JSON.stringify({ text: 'x'.repeat(900_000) }) };
        const stream = newStream();
        await log.append(stream, [event], 'no_stream');
        expect((await log.readStream(stream))[0]?.data === event.data).to.equal(true);
      });

      it('that expects no stream fails if there is one, and says its revision', async () => {
        const stream = newStream();
        await log.append(stream, [newEvent(), newEvent()], 'no_stream');
        const error = await rejectionOf(log.append(stream, [newEvent()], 'no_stream'));
        expect(error).to.include({ code: 'wrong_expected_revision', stream, actual: 1 });
        expect(await log.readStream(stream)).to.have.length(2);
      });

      it('that expects a revision fails if the stream is at another one or absent', async () => {
        const stream = newStream();
        const absent = await rejectionOf(log.append(stream, [newEvent()], 0));
        expect(absent).to.include({ code: 'wrong_expected_revision', stream, actual: null });
        await log.append(stream, [newEvent()], 'no_stream');
        for (const expected of [1, 5]) {
          const error = await rejectionOf(log.append(stream, [newEvent()], expected));
          expect(error).to.include({ code: 'wrong_expected_revision', stream, actual: 0 });
        }
        expect(await log.readStream(stream)).to.have.length(1);
      });

      it('that expects nothing accepts any stream', async () => {
        const stream = newStream();
        expect((await log.append(stream, [newEvent()], 'any')).revision).to.equal(0);
        expect((await log.append(stream, [newEvent()], 'any')).revision).to.equal(1);
      });

      it('succeeds for exactly one of many that begin a stream', async () => {
        const stream = newStream();
        const tries = Array.from({ length: 20 }, () => log.append(stream, [newEvent()], 'no_stream'));
        const outcomes = await Promise.allSettled(tries);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
        expect(await log.readStream(stream)).to.have.length(1);
      });

      it('fails for one stream without failing for another', async () => {
        const [taken, free] = [newStream(), newStream()];
        await log.append(taken, [newEvent()], 'no_stream');
        const outcomes = await Promise.allSettled([
          log.append(free, [newEvent()], 'no_stream'),
          log.append(taken, [newEvent()], 'no_stream'),
          log.append(taken, [newEvent()], 0),
        ]);
        expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
      });
    });

    describe('an append that is repeated', () => {
      it('writes nothing and returns the first outcome again', async () => {
        const stream = newStream();
        const events = [newEvent(), newEvent()];
        const first = await log.append(stream, events, 'no_stream');
        expect(await log.append(stream, events, 'no_stream')).to.deep.equal(first);
        expect(await log.readStream(stream)).to.have.length(2);
      });

      it('returns the first outcome although the stream has more events', async () => {
        const stream = newStream();
        const event = newEvent();
        const first = await log.append(stream, [event], 'no_stream');
        await log.append(stream, [newEvent()], 0);
        expect(await log.append(stream, [event], 'no_stream')).to.deep.equal(first);
        expect(await log.readStream(stream)).to.have.length(2);
      });

      it('at the same time is one append', async () => {
        const stream = newStream();
        const event = newEvent();
        const tries = Array.from({ length: 5 }, () => log.append(stream, [event], 'no_stream'));
        const [first, ...others] = await Promise.all(tries);
        for (const other of others) expect(other).to.deep.equal(first);
        expect(await log.readStream(stream)).to.have.length(1);
      });

      it('fails if only some of its events are in the log', async () => {
        const stream = newStream();
        const event = newEvent();
        await log.append(stream, [event], 'no_stream');
        const error = await rejectionOf(log.append(stream, [event, newEvent()], 'no_stream'));
        expect(error).to.include({ code: 'wrong_expected_revision', stream, actual: 0 });
        expect(await log.readStream(stream)).to.have.length(1);
      });
    });

    describe('reading', () => {
      it('a stream begins at the wanted revision and ends at the limit', async () => {
        const stream = newStream();
        const events = Array.from({ length: 6 }, newEvent);
        await log.append(stream, events, 'no_stream');
        expect(idsOf(await log.readStream(stream, 4))).to.deep.equal(idsOf(events.slice(4)));
        expect(idsOf(await log.readStream(stream, 1, 2))).to.deep.equal(idsOf(events.slice(1, 3)));
        expect(await log.readStream(stream, 6)).to.deep.equal([]);
      });

      it('a stream that is longer than any page returns all events', async () => {
        const stream = newStream();
        const events = Array.from({ length: 1200 }, newEvent);
        await log.append(stream, events, 'no_stream');
        expect(idsOf(await log.readStream(stream))).to.deep.equal(idsOf(events));
      });

      it('a missing stream returns nothing', async () => {
        expect(await log.readStream(newStream())).to.deep.equal([]);
      });

      it('the whole log returns every stream in the order of the appends, after the position and up to the limit', async () => {
        const before = await log.head();
        const [one, two] = [newStream(), newStream()];
        const events = Array.from({ length: 4 }, newEvent);
        const places = [];
        for (const [index, event] of events.entries()) {
          places.push(await log.append(index % 2 === 0 ? one : two, [event], 'any'));
        }
        const read = await log.readAll(before, 100);
        expect(idsOf(read)).to.deep.equal(idsOf(events));
        expect(read.map(({ position }) => position)).to.deep.equal(places.map(({ position }) => position));
        expect(idsOf(await log.readAll(places[0]?.position ?? 0n, 2))).to.deep.equal(idsOf(events.slice(1, 3)));
        expect(await log.readAll(places[3]?.position ?? 0n, 10)).to.deep.equal([]);
      });

      it('the newest event is the one that was appended last, whatever its stream, whole', async () => {
        const stream = newStream();
        for (const each of [stream, newStream(), stream]) {
          const events = [newEvent(), newEvent()];
          const { position, revision } = await log.append(each, events, 'any');
          expect(await log.newest()).to.deep.equal({ ...events[1], stream: each, revision, position });
        }
      });

      it('the event at a position is the one that was appended there, and there is none between events, at 0 or after the end', async () => {
        const stream = newStream();
        const [first, second] = [newEvent(), newEvent()];
        const { position: end, revision } = await log.append(stream, [first, second], 'no_stream');
        const [{ position: begin }] = (await log.readStream(stream)) as [RecordedEvent];
        expect(await log.eventAt(begin)).to.deep.equal({ ...first, stream, revision: 0, position: begin });
        expect(await log.eventAt(end)).to.deep.equal({ ...second, stream, revision, position: end });
        if (!log.hasDensePositions) expect(await log.eventAt(end - 1n)).to.equal(null);
        expect(await log.eventAt(0n)).to.equal(null);
        expect(await log.eventAt(end + 1_000n)).to.equal(null);
      });

      it('the head returns the position of the newest event', async () => {
        const { position } = await log.append(newStream(), [newEvent(), newEvent()], 'no_stream');
        expect(await log.head()).to.equal(position);
      });
    });

    describe('following', () => {
      it('yields the present events, says level, then yields new events', async () => {
        const before = await log.head();
        const events = Array.from({ length: 3 }, newEvent);
        await log.append(newStream(), events.slice(0, 2), 'no_stream');
        const seen: RecordedEvent[] = [];
        let levels = 0;
        for await (const page of log.follow(before, new AbortController().signal)) {
          seen.push(...page);
          if (page.length === 0) levels += 1;
          if (page.length === 0 && levels === 1) {
            expect(idsOf(seen)).to.deep.equal(idsOf(events.slice(0, 2)));
            await log.append(newStream(), events.slice(2), 'no_stream');
          }
          if (seen.length === 3) break;
        }
        expect(idsOf(seen)).to.deep.equal(idsOf(events));
      });

      it('leaves nothing out and keeps the order during appends', async () => {
        const before = await log.head();
        const appends = Array.from({ length: 300 }, async (_, index) => {
          for (let turn = 0; turn < index % 7; turn += 1) await new Promise(setImmediate);
          return log.append(newStream(), [newEvent()], 'no_stream');
        });
        const positions: bigint[] = [];
        for await (const page of log.follow(before, new AbortController().signal)) {
          positions.push(...page.map(({ position }) => position));
          if (positions.length >= 300) break;
        }
        const appended = (await Promise.all(appends)).map(({ position }) => position);
        expect(positions).to.deep.equal(appended.sort((a, b) => Number(a - b)));
      });

      it('says level at least every second while nothing happens', async () => {
        const times: number[] = [];
        for await (const page of log.follow(await log.head(), new AbortController().signal)) {
          expect(page).to.deep.equal([]);
          times.push(performance.now());
          if (times.length === 3) break;
        }
        const [first = 0, second = 0, third = 0] = times;
        // With room for a machine that has other work.
        expect(Math.max(second - first, third - second)).to.be.below(10_000);
      });

      it('ends when its signal aborts, even while it waits', async () => {
        const stop = new AbortController();
        for await (const _ of log.follow(await log.head(), stop.signal)) setImmediate(() => stop.abort());
        for await (const _ of log.follow(0n, stop.signal)) expect.fail('an aborted follow gave a page');
      });
    });

    it('has a probe that says whether appends work and records nothing', async () => {
      const stream = newStream();
      await log.append(stream, [newEvent()], 'no_stream');
      const head = await log.head();
      await log.probe();
      await log.probe();
      expect(await log.head()).to.equal(head);
      expect((await log.append(stream, [newEvent()], 0)).revision).to.equal(1);
      if (log.hasDensePositions) expect(await log.head()).to.equal(head + 1n);
    });

    describe('opened again', () => {
      it('has the same id and the same events', async () => {
        const stream = newStream();
        const { id } = log;
        expect(id).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        await log.append(stream, [newEvent()], 'no_stream');
        const before = await log.readStream(stream);
        const again = await opened.reopen();
        expect(again.id).to.equal(id);
        expect(await again.readStream(stream)).to.deep.equal(before);
        expect((await again.append(stream, [newEvent()], 0)).revision).to.equal(1);
      });
    });

    it('finishes running appends when it is closed, and is unavailable from then on', async () => {
      const stream = newStream();
      const underWay = log.append(stream, [newEvent()], 'no_stream');
      await log.close();
      expect((await underWay).revision).to.equal(0);
      expect(await rejectionOf(log.append(stream, [newEvent()], 'any'))).to.include({ code: 'log_unavailable' });
      expect(await rejectionOf(log.readStream(stream))).to.include({ code: 'log_unavailable' });
      expect(await rejectionOf(log.head())).to.include({ code: 'log_unavailable' });
      expect(await rejectionOf(log.newest())).to.include({ code: 'log_unavailable' });
      expect(await rejectionOf(log.probe())).to.include({ code: 'log_unavailable' });
    });
  });
}

function idsOf(events: readonly NewEvent[]): string[] {
  return events.map(({ id }) => id);
}
