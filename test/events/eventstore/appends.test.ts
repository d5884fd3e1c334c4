import { expect } from 'chai';
import { MAX, NIL, v1, v4, v7 } from 'uuid';
import { StreamDeleted } from '../../../src/events/errors.ts';
import type { EventLog } from '../../../src/events/event-log.ts';
import { BOUNDS } from '../../../src/events/eventstore/bounds.ts';
import { times } from '../../support/eventstore/faults.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';
import { newEvent, newStream } from '../new-event.ts';
import { Fixture, newEvents, onceAvailable, SHORT_BOUNDS } from './fixture.ts';

describe('an append to EventStoreDB', () => {
  const fixture = new Fixture();
  let server: StandIn;
  let log: EventLog;

  beforeEach(async () => {
    server = await fixture.start();
    log = await fixture.open(server.url, { bounds: SHORT_BOUNDS });
  });

  const storedIn = (stream: string) => server.events().filter((event) => event.stream === stream);

  for (const silence of ['hang', 'drop'] as const) {
    const unanswered = silence === 'hang' ? 'that the server does not answer' : 'over a connection that breaks';

    it(`${unanswered}, although it is written, is found in the stream and not sent again`, async () => {
      const [stream, events] = [newStream(), newEvents(2)];
      server.faults.afterAppend = times(1, silence);
      const { appends } = server.calls;
      const appended = await onceAvailable(() => log.append(stream, events, 'no_stream'));
      const stored = storedIn(stream);
      expect(stored.map(({ id }) => id)).to.deep.equal(events.map(({ id }) => id));
      expect(appended).to.deep.equal({ revision: 1, position: stored[1]?.position });
      expect(server.calls.appends - appends).to.equal(1);
    });

    it(`${unanswered} and is not written has an unknown outcome, and is written when it is repeated`, async () => {
      const [stream, events] = [newStream(), newEvents(1)];
      server.faults.beforeAppend = times(1, silence);
      const error = await rejectionOf(log.append(stream, events, 'no_stream'));
      expect(error).to.include({ code: 'log_unavailable' });
      if (silence === 'hang') expect(error.message).to.include(`within ${SHORT_BOUNDS.appendMs} ms`);
      await onceAvailable(() => log.append(stream, events, 'no_stream'));
      expect(storedIn(stream)).to.have.length(1);
    });
  }

  it('without an answer is given up early enough for a POST to end within 3 s', () => {
    expect(BOUNDS.appendMs + BOUNDS.lookMs).to.be.below(2_500);
  });

  it('that has no answer yet is not sent again: its repeat gets the same answer', async () => {
    const [stream, events] = [newStream(), newEvents(1)];
    const { appends } = server.calls;
    server.faults.isPaused = true;
    expect(await rejectionOf(log.append(stream, events, 'no_stream'))).to.include({ code: 'log_unavailable' });
    const repeated = log.append(stream, events, 'no_stream');
    server.faults.isPaused = false;
    expect(await repeated).to.include({ revision: 0 });
    expect(server.calls.appends - appends).to.equal(1);
  });

  it('of the same events from two processes at once is one append, although the server drops the second', async () => {
    const other = await fixture.open(server.url);
    const { dropped } = server.calls;
    const rounds = Array.from({ length: 20 }, async () => {
      const [stream, events] = [newStream(), newEvents(1)];
      const [one, two] = await Promise.all(
        [log, other].map((each) => onceAvailable(() => each.append(stream, events, 'no_stream'))),
      );
      expect(one).to.deep.equal(two);
      expect(storedIn(stream)).to.have.length(1);
    });
    await Promise.all(rounds);
    expect(server.calls.dropped - dropped).to.be.at.least(1);
  });

  it('whose call the server ends without an answer is tried over another call, and so is the next append', async () => {
    server.faults.beforeAppend = times(1, 'hang');
    const { appends } = server.calls;
    const [stream, events] = [newStream(), newEvents(1)];
    const unanswered = rejectionOf(log.append(stream, events, 'no_stream'));
    await until('it is seen', () => server.calls.appends > appends);
    server.faults.endAppendCalls();
    expect((await unanswered).message).to.match(/ended the call for appends/);
    expect(await log.append(stream, events, 'no_stream')).to.include({ revision: 0 });
    expect(await log.append(newStream(), newEvents(1), 'no_stream')).to.include({ revision: 0 });
  });

  it('is recognized as a repeat although the server was restarted meanwhile', async () => {
    const [stream, event] = [newStream(), newEvent()];
    const first = await log.append(stream, [event], 'no_stream');
    await server.stop();
    await server.start();
    expect(await onceAvailable(() => log.append(stream, [event], 'no_stream'))).to.deep.equal(first);
    expect(storedIn(stream)).to.have.length(1);
  });

  it('that conflicts is rejected with the revision of the stream', async () => {
    const stream = newStream();
    await log.append(stream, newEvents(3), 'no_stream');
    const error = await rejectionOf(log.append(stream, newEvents(1), 0));
    expect(error).to.include({ code: 'wrong_expected_revision', stream, actual: 2 });
  });

  it('that conflicts is rejected even if an option of the URL would hide it', async () => {
    await log.close();
    log = await fixture.open(`${server.url}&throwOnAppendFailure=false`);
    const stream = newStream();
    await log.append(stream, newEvents(1), 'no_stream');
    const error = await rejectionOf(log.append(stream, newEvents(1), 'no_stream'));
    expect(error).to.include({ code: 'wrong_expected_revision', actual: 0 });
  });

  it('that is larger than the limit of the server is rejected with the limit', async () => {
    const event = { ...newEvent(), data: JSON.stringify({ text: 'x'.repeat(1024 * 1024) }) };
    const error = await rejectionOf(log.append(newStream(), [event], 'no_stream'));
    expect(error).to.include({ code: 'append_too_large', limitBytes: 1024 * 1024 });
  });

  it('of several times the limit is rejected too, and the next one is written', async () => {
    const events = newEvents(9).map((event) => ({ ...event, data: JSON.stringify('x'.repeat(1_000_000)) }));
    // On a busy machine nine megabytes take a while.
    await log.close();
    log = await fixture.open(server.url, { bounds: { appendMs: 20_000, overMs: 20_000 } });
    const error = await rejectionOf(log.append(newStream(), events, 'no_stream'));
    expect(error).to.include({ code: 'append_too_large' });
    expect(await log.append(newStream(), newEvents(1), 'no_stream')).to.include({ revision: 0 });
  });

  it('that begins a stream which others deleted softly gets its next revision', async () => {
    const [stream, first, events] = [newStream(), newEvents(2), newEvents(1)];
    await log.append(stream, first, 'no_stream');
    server.deleteSoftly(stream);
    expect(await log.readStream(stream)).to.deep.equal([]);
    server.faults.afterAppend = times(1, 'hang');
    expect(await log.append(stream, events, 'no_stream')).to.include({ revision: 2 });
    expect(await log.readStream(stream)).to.have.length(1);
  });

  it('to a stream that others deleted is rejected as damage, not as something to try again', async () => {
    const stream = newStream();
    await log.append(stream, newEvents(1), 'no_stream');
    server.tombstone(stream);
    const error = await rejectionOf(log.append(stream, newEvents(1), 0));
    expect(error).to.be.instanceOf(StreamDeleted).and.to.include({ code: 'log_damaged' });
  });

  for (const [name, id] of [
    ['of no UUID', 'an-id'],
    ['of the nil UUID', NIL],
  ] as const) {
    it(`${name} as its event's id is refused, and the log continues to work`, async () => {
      const error = await rejectionOf(log.append(newStream(), [{ ...newEvent(), id }], 'no_stream'));
      expect(error).to.be.instanceOf(RangeError);
      await onceAvailable(() => log.append(newStream(), newEvents(1), 'no_stream'));
      expect(server.calls.appends).to.equal(2);
    });
  }

  it('of any other UUID is written', async () => {
    const ids = [MAX, v1(), v4(), v7()];
    const stream = newStream();
    await log.append(
      stream,
      ids.map((id) => ({ ...newEvent(), id })),
      'no_stream',
    );
    expect(storedIn(stream).map(({ id }) => id)).to.deep.equal(ids);
  });

  it('of an event without a type is refused, and the log continues to work', async () => {
    const error = await rejectionOf(log.append(newStream(), [{ ...newEvent(), type: '' }], 'no_stream'));
    expect(error).to.be.instanceOf(RangeError);
    await log.append(newStream(), newEvents(1), 'no_stream');
  });

  it('of no event is refused', async () => {
    expect(await rejectionOf(log.append(newStream(), [], 'any'))).to.be.instanceOf(RangeError);
  });
});
