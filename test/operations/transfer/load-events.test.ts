import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { LogUnavailable } from '../../../src/events/errors.ts';
import type { EventLog, RecordedEvent } from '../../../src/events/event-log.ts';
import { exportLine } from '../../../src/operations/transfer/event-line.ts';
import { linesIn } from '../../../src/operations/transfer/lines.ts';
import { loadEvents } from '../../../src/operations/transfer/load-events.ts';
import { appendingTo, checkingAgainst, type Target } from '../../../src/operations/transfer/target.ts';
import { newEvent, newStream } from '../../events/new-event.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { openTestStores, type TestStores } from '../../support/stores.ts';

const never = new AbortController().signal;

describe('loading events', () => {
  let stores: TestStores;
  let log: EventLog;
  let position: bigint;
  let troubles: number;
  const patience = { forMs: 2_000, onTrouble: () => (troubles += 1), signal: never };

  beforeEach(async () => {
    stores = await openTestStores();
    log = stores.log;
    position = 0n;
    troubles = 0;
  });

  afterEach(() => stores.close());

  /** An event of another log. */
  function recorded(stream: string, revision: number): RecordedEvent {
    position += 1n;
    return { ...newEvent(), stream, revision, position };
  }

  function load(target: Target, ...lines: (RecordedEvent | string)[]) {
    const text = lines.map((line) => (typeof line === 'string' ? line : exportLine(line))).join('');
    return loadEvents(linesIn(Readable.from([Buffer.from(text)])), target, never, () => {});
  }

  const loadInto = async (into: EventLog, ...lines: (RecordedEvent | string)[]) =>
    load(await appendingTo(into, patience), ...lines);
  const idsIn = async () => (await log.readAll(0n, 100)).map(({ id }) => id);

  it('appends each event once and in order, however often it is given', async () => {
    const [one, two] = [newStream(), newStream()];
    const events = [recorded(one, 0), recorded(two, 0), recorded(one, 1), recorded(two, 1)];
    expect(await loadInto(log, ...events.slice(0, 3))).to.deep.equal({ appended: 3, there: 0 });
    expect(await loadInto(log, ...events, ...events)).to.deep.equal({ appended: 1, there: 7 });
    expect(await idsIn()).to.deep.equal(events.map(({ id }) => id));
  });

  it('counts what it appended while others append too', async () => {
    const target = await appendingTo(log, patience);
    await log.append(newStream(), [newEvent()], 'no_stream');
    const event = recorded(newStream(), 0);
    expect(await load(target, event)).to.deep.equal({ appended: 1, there: 0 });
    await log.append(newStream(), [newEvent()], 'no_stream');
    expect(await load(target, event)).to.deep.equal({ appended: 0, there: 1 });
  });

  it('skips blank lines, but counts them', async () => {
    expect(await loadInto(log, '\r\n', recorded(newStream(), 0), '  \n')).to.deep.equal({ appended: 1, there: 0 });
    const error = await rejectionOf(loadInto(log, '\n', '\n', 'x\n'));
    expect(error.message).to.match(/^Line 3: it is not JSON/);
  });

  it('stops at a line that is no event', async () => {
    const [before, after] = [recorded(newStream(), 0), recorded(newStream(), 0)];
    const error = await rejectionOf(loadInto(log, before, 'hello\n', after));
    expect(error.message).to.match(/^Line 2: it is not JSON: /);
    expect(await idsIn()).to.deep.equal([before.id]);
  });

  it('stops at its signal after the current event', async () => {
    const stop = new AbortController();
    const events = [0, 1, 2].map((revision) => recorded(`import-0199c0de-0000-7000-8000-000000000000`, revision));
    const lines = linesIn(Readable.from([Buffer.from(events.map(exportLine).join(''))]));
    const loaded = await loadEvents(lines, await appendingTo(log, patience), stop.signal, (count) => {
      if (count === 2) stop.abort();
    });
    expect(loaded).to.deep.equal({ appended: 2, there: 0 });
    expect(await idsIn()).to.have.length(2);
  });

  describe('refuses, and does not change the log, if the log holds', () => {
    const cases: [string, (stream: string) => Promise<(RecordedEvent | string)[]>, RegExp][] = [
      [
        'another event in that place',
        async (stream) => {
          await log.append(stream, [newEvent()], 'no_stream');
          return [recorded(stream, 0)];
        },
        /^Line 1: stream import-.* holds another event at revision 0 in this log: [0-9a-f-]{36}, ImportRequested\.$/,
      ],
      [
        'less than what comes before',
        async (stream) => {
          await log.append(stream, [newEvent()], 'no_stream');
          return [recorded(stream, 2)];
        },
        /^Line 1: stream .* cannot take revision 2 in this log\b/,
      ],
      [
        'the event with other data',
        async (stream) => {
          const event = recorded(stream, 0);
          await log.append(stream, [event], 'no_stream');
          return [{ ...event, data: '{"n":2}' }];
        },
        /^Line 1: event .* is in this log with other data; it stays as it is\.$/,
      ],
    ];
    for (const [what, given, says] of cases) {
      it(what, async () => {
        const lines = await given(newStream());
        const before = await idsIn();
        for (const target of [checkingAgainst(log, patience), await appendingTo(log, patience)]) {
          expect((await rejectionOf(load(target, ...lines))).message).to.match(says);
          expect(await idsIn()).to.deep.equal(before);
        }
      });
    }

    it('the event at another place', async () => {
      const [stream, id] = [newStream(), randomUUID()];
      await log.append(stream, [newEvent(), { ...newEvent(), id }], 'no_stream');
      const moved = await rejectionOf(loadInto(log, { ...recorded(stream, 2), id }));
      expect(moved.message).to.match(/^Line 1: event .* is at revision 1 of its stream in this log, not 2\.$/);
      const elsewhere = await rejectionOf(loadInto(log, { ...recorded(newStream(), 0), id }));
      expect(elsewhere.message).to.match(/^Line 1: The event id .* is taken in stream import-/);
      expect(await idsIn()).to.have.length(2);
    });
  });

  describe('on a dry run', () => {
    it('counts what would be appended and appends nothing', async () => {
      const stream = newStream();
      const [first, second, third] = [0, 1, 2].map((revision) => recorded(stream, revision)) as [
        RecordedEvent,
        RecordedEvent,
        RecordedEvent,
      ];
      await log.append(stream, [first], 'no_stream');
      const loaded = await load(checkingAgainst(log, patience), first, second, third, third, recorded(newStream(), 0));
      expect(loaded).to.deep.equal({ appended: 3, there: 2 });
      expect(await idsIn()).to.deep.equal([first.id]);
    });

    it('finds two events for one revision', async () => {
      const stream = newStream();
      const lines = [recorded(stream, 0), recorded(stream, 0)];
      const error = await rejectionOf(load(checkingAgainst(log, patience), ...lines));
      expect(error.message).to.match(/^Line 2: stream .* has event .* at revision 0 from a line before\.$/);
    });
  });

  describe('into a log that is away for a while', () => {
    /** The log, whose appends fail so many times: before they are written, or after. */
    function failing(times: number, when: 'before' | 'after'): EventLog {
      let left = times;
      return Object.assign(Object.create(log) as EventLog, {
        head: () => log.head(),
        newest: () => log.newest(),
        readStream: log.readStream.bind(log),
        async append(...args: Parameters<EventLog['append']>) {
          const fails = left > 0;
          left -= 1;
          if (!fails || when === 'after') await log.append(...args);
          if (fails) throw new LogUnavailable('it is away');
          return log.append(...args);
        },
      });
    }

    for (const when of ['before', 'after'] as const) {
      it(`tries again, and counts an append that failed ${when} it was written as appended`, async () => {
        const event = recorded(newStream(), 0);
        expect(await loadInto(failing(2, when), event)).to.deep.equal({ appended: 1, there: 0 });
        expect(troubles).to.equal(1);
        expect(await idsIn()).to.deep.equal([event.id]);
      });
    }

    it('gives up after a time, and says at which line and what to do', async () => {
      const target = await appendingTo(failing(1e9, 'before'), { ...patience, forMs: 250 });
      const error = await rejectionOf(load(target, recorded(newStream(), 0)));
      expect(error.message).to.match(/^Line 1: The event log is unavailable: it is away\. Load/);
    });

    it('stops waiting at its signal', async () => {
      const stop = new AbortController();
      const onTrouble = () => stop.abort();
      const target = await appendingTo(failing(1e9, 'before'), { forMs: 60_000, onTrouble, signal: stop.signal });
      const lines = linesIn(Readable.from([Buffer.from(exportLine(recorded(newStream(), 0)))]));
      expect(await loadEvents(lines, target, stop.signal, () => {})).to.deep.equal({ appended: 0, there: 0 });
    });
  });
});
