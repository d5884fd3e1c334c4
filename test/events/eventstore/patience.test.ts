import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { until } from '../../support/until.ts';
import { newStream } from '../new-event.ts';
import { Fixture, follow, idsOf, newEvents } from './fixture.ts';

describe('the log in EventStoreDB that is opened with patience', () => {
  const fixture = new Fixture();
  let server: StandIn;

  beforeEach(async () => {
    server = await fixture.start();
  });

  const isWaiting = () => until('it waits', () => fixture.warnings.length > 0);

  it('waits in each call while the server pauses, and says so once', async () => {
    const log = await fixture.open(server.url, { patienceMs: 30_000 });
    const [stream, events] = [newStream(), newEvents(3)];
    const { position } = await log.append(stream, events, 'no_stream');
    server.faults.isPaused = true;
    const calls = Promise.all([
      log.readStream(stream),
      log.readAll(0n, 3),
      follow(log, 0n, 3),
      log.head(),
      log.append(newStream(), newEvents(1), 'no_stream'),
    ]);
    await isWaiting();
    server.faults.isPaused = false;
    const [ofStream, ofAll, followed, head, appended] = await calls;
    for (const read of [ofStream, ofAll, followed.slice(0, 3)]) expect(idsOf(read)).to.deep.equal(idsOf(events));
    expect([position, appended.position]).to.include(head);
    expect(fixture.warnings).to.have.length(2);
    expect(fixture.warnings[0]).to.match(/^The event log is unavailable: .*\. Waiting for it, for up to 30 s\.$/);
    expect(fixture.warnings[1]).to.equal('The event log answers again.');
  });

  it('continues to follow after the last event that came', async () => {
    const log = await fixture.open(server.url, { patienceMs: 30_000 });
    const events = newEvents(900);
    await log.append(newStream(), events, 'no_stream');
    server.faults.pauseAfterMessages = 300;
    const following = follow(log, 0n, 900);
    await isWaiting();
    server.faults.isPaused = false;
    expect(idsOf(await following)).to.deep.equal(idsOf(events));
  });

  it('gives up if the server stays away for longer, and says so once', async () => {
    const log = await fixture.open(server.url, { patienceMs: 200 });
    server.faults.isPaused = true;
    expect(await rejectionOf(log.readStream(newStream()))).to.include({ code: 'log_unavailable' });
    expect(await rejectionOf(log.head())).to.include({ code: 'log_unavailable' });
    expect(fixture.warnings).to.have.length(1);
  });

  it('waits for nothing after it is closed', async () => {
    const log: EventLog = await fixture.open(server.url, { patienceMs: 60_000 });
    await log.close();
    expect(await rejectionOf(log.head())).to.include({ code: 'log_unavailable' });
    expect(fixture.warnings).to.deep.equal([]);
  });
});
