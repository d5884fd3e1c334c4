import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import { times } from '../../support/eventstore/faults.ts';
import type { StandIn } from '../../support/eventstore/stand-in.ts';
import { rejectionOf } from '../../support/rejection-of.ts';
import { startProxy } from '../../support/tcp-proxy.ts';
import { until } from '../../support/until.ts';
import { newEvent, newStream } from '../new-event.ts';
import { appendEach, Fixture, newEvents, onceAvailable, urlOf } from './fixture.ts';

/** Two servers stand for two nodes. Each has its own log, which shows which one was asked. */
describe('the log in a cluster of EventStoreDB', () => {
  const fixture = new Fixture();
  let one: StandIn;
  let two: StandIn;

  beforeEach(async () => {
    one = await fixture.start();
    two = await fixture.start();
  });

  function elect(port: number): void {
    for (const node of [one, two]) node.elect(port);
  }

  const append = (log: EventLog) => log.append(newStream(), newEvents(1), 'no_stream');

  it('is found by asking any node for the leader', async () => {
    elect(two.port);
    await append(await fixture.open(`esdb+discover://127.0.0.1:${one.port}?tls=false`));
    expect([one.calls.appends, two.calls.appends]).to.deep.equal([0, 2]);
  });

  it('is found although only one of the nodes in the URL is running', async () => {
    elect(two.port);
    await one.stop();
    await append(await fixture.open(urlOf(one.port, two.port)));
    expect(two.calls.appends).to.equal(2);
  });

  it('is found as soon as a node is running', async () => {
    await one.stop();
    const opening = fixture.open(`esdb+discover://127.0.0.1:${one.port}?tls=false&maxDiscoverAttempts=2`);
    await rejectionOf(fixture.open(urlOf(one.port, one.port), { startWithinMs: 0 }));
    await one.start();
    await append(await opening);
  });

  it('is found again after no node answered many times', async () => {
    const log = await fixture.open(urlOf(one.port, one.port).concat('&maxDiscoverAttempts=2'));
    await append(log);
    await one.stop();
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await rejectionOf(append(log))).to.include({ code: 'log_unavailable' });
      expect(await rejectionOf(log.head())).to.include({ code: 'log_unavailable' });
    }
    await one.start();
    await onceAvailable(() => append(log));
    await onceAvailable(() => log.head());
  });

  it('moves to the new leader when the old one stops', async () => {
    elect(one.port);
    const log = await fixture.open(urlOf(one.port, two.port));
    await append(log);
    elect(two.port);
    await one.stop();
    await onceAvailable(() => append(log));
    expect(two.calls.appends).to.be.above(0);
  });

  it('moves to the leader that another node names', async () => {
    const log = await fixture.open(one.url);
    await append(log);
    one.faults.notLeader = { address: '127.0.0.1', port: two.port };
    expect(await rejectionOf(append(log))).to.include({ code: 'log_unavailable' });
    await onceAvailable(() => append(log));
    expect(two.calls.appends).to.equal(1);
  });

  it('moves to the leader even if the answer comes to a read', async () => {
    const log = await fixture.open(one.url);
    await (await fixture.open(two.url)).append('import-1', newEvents(1), 'no_stream');
    one.faults.notLeader = { address: '127.0.0.1', port: two.port };
    expect(await rejectionOf(log.readStream('import-1'))).to.include({ code: 'log_unavailable' });
    expect(await onceAvailable(() => log.readStream('import-1'))).to.have.length(1);
  });

  it('is not disturbed by the end of a node that it has left', async () => {
    const proxy = await startProxy(two.port);
    fixture.onCleanUp(() => proxy.stop());
    elect(one.port);
    const log = await fixture.open(urlOf(one.port, two.port));
    await append(log);
    elect(proxy.port);
    one.faults.unavailable = times(1, true);
    await rejectionOf(log.head());
    await onceAvailable(() => append(log));
    proxy.freeze();
    const appends = Array.from({ length: 15 }, () => ({ stream: newStream(), event: newEvent() }));
    const outcomes = appendEach(log, appends);
    await one.stop();
    proxy.resume();
    // Were they rejected by the end of the other node, their answers would now end the process.
    expect(await outcomes).not.to.include('log_unavailable');
    await until('all are written', () => two.calls.appends >= 16);
  });
});
