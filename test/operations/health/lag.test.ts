import { expect } from 'chai';
import type { EventLog } from '../../../src/events/event-log.ts';
import { lagInEvents, lagInSeconds, reachedIn, shareOf } from '../../../src/operations/health/lag.ts';
import { recorded } from '../../support/recorded.ts';

/** A log that has these events after any position. */
const logOf = (hasDensePositions: boolean, ...events: ReturnType<typeof recorded>[]) =>
  ({
    id: 'the log',
    hasDensePositions,
    readAll: async (_after: bigint, limit: number) => events.slice(0, limit),
  }) as Partial<EventLog> as EventLog;
const silent = { readAll: () => expect.fail('the log was read') } as Partial<EventLog> as EventLog;

describe('the lag of the views', () => {
  it('is counted from the checkpoint if that is of this log', () => {
    const checkpoint = { log: 'the log', position: 7n, generation: 'any', isFilled: true };
    expect(reachedIn({ id: 'the log' }, checkpoint)).to.equal(7n);
    expect(reachedIn({ id: 'another log' }, checkpoint)).to.equal(0n);
    expect(reachedIn({ id: 'the log' }, null)).to.equal(0n);
  });

  it('in events comes from dense positions, else events are read and counted', async () => {
    expect(await lagInEvents(logOf(true), 7n, 19n)).to.equal(12);
    expect(await lagInEvents(logOf(false, recorded(), recorded()), 7n, 900n)).to.equal(2);
  });

  it('in seconds is the age of the first event that is missing; unknown if the event does not say its time', async () => {
    const occurred_at = new Date(Date.now() - 60_000).toISOString();
    const lag = await lagInSeconds(logOf(true, recorded({ metadata: { occurred_at } }), recorded()), 7n, 9n);
    expect(lag).to.be.within(60, 70);
    expect(await lagInSeconds(logOf(true, recorded({ metadata: '{}' })), 7n, 9n)).to.equal(null);
  });

  it('is zero if they are level, and nothing is read', async () => {
    expect(await lagInEvents(silent, 9n, 9n)).to.equal(0);
    expect(await lagInSeconds(silent, 9n, 9n)).to.equal(0);
  });

  it('is never negative, whatever a clock says', async () => {
    const occurred_at = new Date(Date.now() + 60_000).toISOString();
    expect(await lagInSeconds(logOf(true, recorded({ metadata: { occurred_at } })), 7n, 9n)).to.equal(0);
  });

  it('is also given as a share of the log', () => {
    expect([shareOf(0n, 8n), shareOf(2n, 8n), shareOf(8n, 8n), shareOf(9n, 8n), shareOf(0n, 0n)]).to.deep.equal([
      0, 0.25, 1, 1, 1,
    ]);
  });
});
