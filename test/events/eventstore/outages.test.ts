import { expect } from 'chai';
import { codeOf } from '../../../src/errors/code-of.ts';
import type { EventLog } from '../../../src/events/event-log.ts';
import { times } from '../../support/eventstore/faults.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { startProxy, type TcpProxy } from '../../support/tcp-proxy.ts';
import { settableTimeOfDay } from '../../support/time-of-day.ts';
import { until } from '../../support/until.ts';
import { newEvent, newStream } from '../new-event.ts';
import { appendEach, Fixture, idsOf, newEvents, onceAvailable, SHORT_BOUNDS, urlOf } from './fixture.ts';

describe('the log in EventStoreDB, if its server is', () => {
  const fixture = new Fixture();
  let server: StandIn;

  beforeEach(async () => {
    server = await fixture.start();
  });

  /** Of some kilobytes each, so that hundreds are more than a connection that stands still takes. */
  const newAppends = (count: number) => {
    const data = JSON.stringify({ text: 'x'.repeat(4_000) });
    return Array.from({ length: count }, () => ({ stream: newStream(), event: { ...newEvent(), data } }));
  };

  const storedIdsOf = (appends: ReturnType<typeof newAppends>) => {
    const streams = new Set(appends.map(({ stream }) => stream));
    return idsOf(server.events().filter(({ stream }) => streams.has(stream)));
  };

  describe('stopped', () => {
    let log: EventLog;

    beforeEach(async () => {
      log = await fixture.open(server.url, { bounds: SHORT_BOUNDS });
    });

    it('rejects or answers each of many running appends, and has each once after all are repeated', async () => {
      const appends = newAppends(300);
      // It is still under way when the server stops, however quick the others are.
      server.faults.beforeAppend = times(1, 'hang');
      const first = appendEach(log, appends);
      await until('some are written', () => server.calls.appends > 50);
      await server.stop();
      const outcomes = await first;
      expect(outcomes).to.include('log_unavailable');
      await server.start();
      await onceAvailable(() => log.head());
      for (const [index, { stream, event }] of appends.entries()) {
        const again = await onceAvailable(() => log.append(stream, [event], 'no_stream'));
        const outcome = outcomes[index];
        if (outcome !== 'log_unavailable') expect(again).to.deep.equal(outcome);
      }
      expect(storedIdsOf(appends).sort()).to.deep.equal(idsOf(appends.map(({ event }) => event)).sort());
    });

    it('is unavailable at once for appends and reads', async () => {
      await server.stop();
      for (const call of [
        () => log.append(newStream(), newEvents(1), 'any'),
        () => log.readStream(newStream()),
        () => log.readAll(0n, 10),
        () => log.head(),
      ]) {
        for (let turn = 0; turn < 3; turn += 1) {
          const error = await rejectionOf(call());
          expect(error).to.include({ code: 'log_unavailable' });
          expect(error.message).to.not.match(/within/);
        }
      }
    });

    it('is available soon after the start, even after many failed tries', async () => {
      await server.stop();
      for (let tries = 0; tries < 300; tries += 1) await rejectionOf(log.append(newStream(), newEvents(1), 'any'));
      await server.start();
      await onceAvailable(() => log.append(newStream(), newEvents(1), 'no_stream'), 3_000);
      await onceAvailable(() => log.head(), 3_000);
    });

    it('is available again although the server is not ready for the first calls', async () => {
      await server.stop();
      await rejectionOf(log.append(newStream(), newEvents(1), 'any'));
      server.faults.notReady = times(5, true);
      await server.start();
      await onceAvailable(() => log.append(newStream(), newEvents(1), 'no_stream'), 5_000);
      await onceAvailable(() => log.head(), 5_000);
    });
  });

  describe('away while somebody sets the clock of this machine', () => {
    for (const [what, byMs] of [
      ['an hour on', 3_600_000],
      ['a day on', 86_400_000],
      ['an hour back', -3_600_000],
      ['a day back', -86_400_000],
    ] as const) {
      it(`${what}, gives up, comes back and follows as fast as before`, async () => {
        const timeOfDay = settableTimeOfDay();
        fixture.onCleanUp(async () => timeOfDay.restore());
        const log = await fixture.open(server.url, { bounds: SHORT_BOUNDS });
        const { position } = await log.append(newStream(), newEvents(1), 'no_stream');
        const following = log.follow(position, new AbortController().signal)[Symbol.asyncIterator]();
        expect((await following.next()).value).to.deep.equal([]);
        timeOfDay.jump(byMs);
        expect((await following.next()).value).to.deep.equal([]);
        await log.append(newStream(), newEvents(1), 'no_stream');
        expect((await following.next()).value).to.have.length(1);
        await server.stop();
        await rejectionOf(log.append(newStream(), newEvents(1), 'no_stream'));
        timeOfDay.jump(byMs);
        await rejectionOf(log.head());
        await server.start();
        await onceAvailable(() => log.append(newStream(), newEvents(1), 'no_stream'));
        await onceAvailable(() => log.head());
        server.faults.isPaused = true;
        const read = log.head();
        timeOfDay.jump(byMs);
        expect((await rejectionOf(read)).message).to.include(`within ${SHORT_BOUNDS.readMs} ms`);
      });
    }
  });

  describe('faulty', () => {
    let log: EventLog;

    beforeEach(async () => {
      log = await fixture.open(server.url, { bounds: SHORT_BOUNDS });
      await log.append(newStream(), newEvents(1), 'no_stream');
    });

    for (const fault of ['notReady', 'unavailable'] as const) {
      it(`rejects while it is ${fault}, and works once it is not`, async () => {
        server.faults[fault] = true;
        for (let turn = 0; turn < 3; turn += 1) {
          expect(await rejectionOf(log.append(newStream(), newEvents(1), 'any'))).to.include({
            code: 'log_unavailable',
          });
          expect(await rejectionOf(log.head())).to.include({ code: 'log_unavailable' });
        }
        server.faults.clear();
        await onceAvailable(() => log.append(newStream(), newEvents(1), 'no_stream'), 3_000);
        await onceAvailable(() => log.head(), 3_000);
      });
    }

    it('never returns a part of a stream as the whole if another call makes the client reconnect', async () => {
      // Both calls reach the server, however long it takes: nothing but the reconnect ends the read.
      const patient = { ...SHORT_BOUNDS, appendMs: 20_000, readMs: 20_000 };
      const log = await fixture.open(server.url, { bounds: patient });
      const stream = newStream();
      for (let round = 0; round < 10; round += 1) await log.append(stream, newEvents(2_000), 'any');
      const { responses } = server.calls;
      const reading = log.readStream(stream).then(({ length }) => length, codeOf);
      await until('it is read', () => server.calls.responses > responses + 100);
      server.faults.unavailable = times(1, true);
      await rejectionOf(log.head());
      expect(await reading).to.equal('log_unavailable');
    });

    it('rejects reads that are not answered in time, and answers the next', async () => {
      server.faults.hangReads = true;
      const reads = [log.head(), log.readStream(newStream()), log.readAll(0n, 10)];
      for (const error of await Promise.all(reads.map(rejectionOf))) {
        expect(error).to.include({ code: 'log_unavailable' });
        expect(error.message).to.include(`within ${SHORT_BOUNDS.readMs} ms`);
      }
      server.faults.clear();
      expect(await log.readStream(newStream())).to.deep.equal([]);
    });
  });

  describe('reached through a network that fails', () => {
    let proxy: TcpProxy;
    let log: EventLog;

    beforeEach(async () => {
      proxy = await startProxy(server.port);
      fixture.onCleanUp(() => proxy.stop());
      log = await fixture.open(urlOf(proxy.port), { bounds: SHORT_BOUNDS });
      await log.append(newStream(), newEvents(1), 'no_stream');
    });

    it('rejects hundreds of appends in time while nothing passes, and works again after the connection broke', async () => {
      proxy.freeze();
      const appends = newAppends(400);
      const outcomes = await appendEach(log, appends);
      expect(new Set(outcomes)).to.deep.equal(new Set(['log_unavailable']));
      proxy.cut();
      expect(await rejectionOf(log.append(newStream(), newEvents(1), 'any'))).to.include({ code: 'log_unavailable' });
      proxy.resume();
      for (const { stream, event } of appends) await onceAvailable(() => log.append(stream, [event], 'no_stream'));
      expect(storedIdsOf(appends)).to.have.length(400);
    });

    it('also rejects very large appends when the connection breaks', async () => {
      proxy.freeze();
      const event = () => ({ ...newEvent(), data: JSON.stringify({ text: 'x'.repeat(1_000_000) }) });
      const appends = Array.from({ length: 10 }, () =>
        log.append(newStream(), [event(), event(), event(), event()], 'any'),
      );
      const outcomes = Promise.all(appends.map(rejectionOf));
      await new Promise(setImmediate);
      proxy.cut();
      for (const error of await outcomes) expect(error).to.include({ code: 'log_unavailable' });
      proxy.resume();
      await onceAvailable(() => log.append(newStream(), newEvents(1), 'no_stream'));
    });

    it('works again as soon as everything passes again', async () => {
      proxy.freeze();
      const appends = newAppends(400);
      await appendEach(log, appends);
      proxy.resume();
      for (const { stream, event } of appends) await onceAvailable(() => log.append(stream, [event], 'no_stream'));
      expect(storedIdsOf(appends)).to.have.length(400);
    });

    it('notices that a connection that looks open is dead', async () => {
      proxy.isolate();
      proxy.resume();
      await rejectionOf(log.append(newStream(), newEvents(1), 'any'));
      await onceAvailable(() => log.append(newStream(), newEvents(1), 'no_stream'));
      await onceAvailable(() => log.head());
    });

    it('gives up a connection that hangs while it is being made', async () => {
      proxy.freeze();
      const { connections } = proxy;
      const before = connections();
      await until(
        'it connects anew',
        async () => {
          await rejectionOf(log.head());
          return connections() > before;
        },
        15_000,
      );
      proxy.isolate();
      proxy.resume();
      await onceAvailable(() => log.append(newStream(), newEvents(1), 'no_stream'), 15_000);
    });
  });
});
