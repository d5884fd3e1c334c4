import { expect } from 'chai';
import type { EventLog, RecordedEvent } from '../../../src/events/event-log.ts';
import { times } from '../../support/eventstore/faults.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';
import { newEvent, newStream } from '../new-event.ts';
import { Fixture, follow, idsOf, newEvents, onceAvailable, SHORT_BOUNDS } from './fixture.ts';

describe('following the log in EventStoreDB', () => {
  const fixture = new Fixture();
  let server: StandIn;
  let log: EventLog;

  beforeEach(async () => {
    server = await fixture.start();
    log = await fixture.open(server.url, { bounds: SHORT_BOUNDS });
  });

  /** Follows until it ends; gives what came and the error that ended it. */
  async function followToTheEnd(
    after: bigint,
    onPage: (page: readonly RecordedEvent[]) => void | Promise<void> = () => {},
  ) {
    const events: RecordedEvent[] = [];
    const following = async () => {
      for await (const page of log.follow(after, new AbortController().signal)) {
        events.push(...page);
        await onPage(page);
      }
    };
    return { events, error: await rejectionOf(following()) };
  }

  async function append(count: number): Promise<string[]> {
    const events = newEvents(count);
    await log.append(newStream(), events, 'no_stream');
    return idsOf(events);
  }

  it('yields no events of other writers or of the system, and is level after them', async () => {
    const first = await append(1);
    server.appendForeign('others-1', 100);
    server.appendForeign('$stats-127.0.0.1:2113', 100);
    server.appendForeign('importers-1');
    const second = await append(1);
    server.appendForeign('others-1', 100);
    const seen: string[] = [];
    for await (const page of log.follow(0n, new AbortController().signal)) {
      if (page.length === 0) break;
      seen.push(...idsOf(page));
    }
    expect(seen).to.deep.equal([...first, ...second]);
  });

  it('is level while others write all the time', async () => {
    await append(1);
    let levels = 0;
    for await (const page of log.follow(await log.head(), new AbortController().signal)) {
      expect(page).to.deep.equal([]);
      server.appendForeign('others-1', 50);
      levels += 1;
      if (levels === 3) break;
    }
  });

  it('is not level before an event that was just appended has come', async () => {
    const following = log.follow(await log.head(), new AbortController().signal)[Symbol.asyncIterator]();
    expect((await following.next()).value).to.deep.equal([]);
    const { responses } = server.calls;
    const first = await append(1);
    await until('it is sent', () => server.calls.responses > responses);
    server.faults.stallSubscriptions = true;
    const second = await append(1);
    expect(idsOf((await following.next()).value ?? [])).to.deep.equal(first);
    const next = following.next();
    server.faults.clear();
    expect(idsOf((await next).value ?? [])).to.deep.equal(second);
    expect((await following.next()).value).to.deep.equal([]);
    await following.return?.();
  });

  it('loses nothing if it begins again after the last handled event, although checkpoints were further when the connection broke', async () => {
    server.faults.checkpointsAhead = true;
    const ids = await append(400);
    const first = await followToTheEnd(0n, () => server.faults.dropConnections());
    expect(first.error).to.include({ code: 'log_unavailable' });
    ids.push(...(await onceAvailable(() => append(40))));
    const handled = first.events.slice(0, 100);
    const rest = await onceAvailable(() => follow(log, handled.at(-1)?.position ?? 0n, ids.length - handled.length));
    expect(idsOf([...handled, ...rest])).to.deep.equal(ids);
  });

  it('yields what had arrived before it ends with the error of the subscription', async () => {
    await append(20);
    const { events, error } = await followToTheEnd(0n, (page) => {
      if (page.length === 0) server.faults.dropSubscriptions();
    });
    expect(error).to.include({ code: 'log_unavailable' });
    expect(events).to.have.length(20);
  });

  it('ends with an error when the server stops, and works again when it is back', async () => {
    const [id] = await append(1);
    const { events, error } = await followToTheEnd(0n, (page) => (page.length === 0 ? server.stop() : undefined));
    expect(error).to.include({ code: 'log_unavailable' });
    expect(idsOf(events)).to.deep.equal([id]);
    await server.start();
    const ids = await onceAvailable(() => append(1));
    const position = events[0]?.position ?? 0n;
    expect(idsOf(await onceAvailable(() => follow(log, position, 1)))).to.deep.equal(ids);
  });

  it('ends with an error at once if another call makes the client reconnect', async () => {
    let isBegun = false;
    const { error } = await followToTheEnd(0n, async () => {
      if (isBegun) return;
      isBegun = true;
      server.faults.unavailable = times(1, true);
      await rejectionOf(log.readStream(newStream()));
    });
    expect(error).to.include({ code: 'log_unavailable' });
    // The connection gives this error at once, without a time limit.
    expect(error.message).to.match(/reconnected/);
  });

  it('ends with an error if events exist but none has come for some seconds', async () => {
    const { events, error } = await followToTheEnd(0n, async (page) => {
      if (page.length > 0 || server.faults.stallSubscriptions) return;
      server.faults.stallSubscriptions = true;
      await append(1);
    });
    expect(error.message).to.include(`subscription gave nothing for ${SHORT_BOUNDS.stalledMs} ms`);
    expect(events).to.deep.equal([]);
  });

  it('soon ends with an error, and is not level, if the server gives no sign of life', async () => {
    await append(1);
    const { error } = await followToTheEnd(0n, (page) => {
      expect(server.faults.hangReads, 'level').to.equal(undefined);
      if (page.length === 0) server.faults.hangReads = true;
    });
    expect(error).to.include({ code: 'log_unavailable' });
    expect(error.message).to.include(`within ${SHORT_BOUNDS.readMs} ms`);
  });

  it('yields large events in small pages', async () => {
    const data = JSON.stringify({ text: 'x'.repeat(900_000) });
    for (let n = 0; n < 12; n += 1) await log.append(newStream(), [{ ...newEvent(), data }], 'no_stream');
    const sizes: number[] = [];
    for await (const page of log.follow(0n, new AbortController().signal)) {
      sizes.push(page.length);
      // Meanwhile the rest arrives.
      await until('all is read ahead', () => server.calls.responses > 12);
      if (sizes.reduce((sum, size) => sum + size, 0) === 12) break;
    }
    expect(Math.max(...sizes)).to.be.at.most(3);
  });

  it('keeps everything in order for a consumer that is slow', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 10; round += 1) ids.push(...(await append(300)));
    const more = async () => {
      for (let round = 0; round < 100; round += 1) ids.push(...(await append(10)));
    };
    const appending = more();
    const seen: string[] = [];
    let last = 0n;
    for await (const page of log.follow(0n, new AbortController().signal)) {
      for (const { id, position } of page) {
        expect(position > last).to.equal(true);
        last = position;
        seen.push(id);
      }
      // As slow as a consumer that handles some other work after each page.
      for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
      if (seen.length >= 4_000) break;
    }
    await appending;
    expect(seen).to.deep.equal(ids);
  });

  it('warns of a stream that others deleted, leaves the deletion out, and continues', async () => {
    const stream = newStream();
    await log.append(stream, newEvents(2), 'no_stream');
    server.tombstone(stream);
    const after = await append(1);
    const events = await follow(log, 0n, 3);
    expect(idsOf(events).slice(2)).to.deep.equal(after);
    expect(fixture.warnings).to.deep.equal([
      `Stream ${stream} was deleted in EventStoreDB ($streamDeleted): its view stays as it is.`,
    ]);
  });

  it('is level after a tombstone', async () => {
    const stream = newStream();
    await log.append(stream, newEvents(1), 'no_stream');
    server.tombstone(stream);
    for await (const page of log.follow(0n, new AbortController().signal)) if (page.length === 0) return;
  });

  it('ends its subscription when the consumer leaves it', async () => {
    for await (const _ of log.follow(0n, new AbortController().signal)) break;
    await append(1);
    const { responses } = server.calls;
    await append(100);
    await log.readStream(newStream());
    expect(server.calls.responses - responses).to.be.below(10);
  });
});
