import { expect } from 'chai';
import type { EventLog } from '../../src/events/event-log.ts';
import { lagInEvents, lagInSeconds, reachedIn, shareOf } from '../../src/operations/lag.ts';
import { recorded } from '../support/recorded.ts';

/** A log that has these events after any position. */
const logOf = (hasDensePositions: boolean, ...events: ReturnType<typeof recorded>[]) =>
  ({
    id: 'the log',
    hasDensePositions,
    readAll: async (_after: bigint, limit: number) => events.slice(0, limit),
  }) as Partial<EventLog> as EventLog;
const silent = { readAll: () => expect.fail('the log was read') } as Partial<EventLog> as EventLog;

describe('how far the views are behind the log', () => {
  it('goes by the checkpoint, where it is of this log', () => {
    const checkpoint = { log: 'the log', position: 7n, generation: 'any', isFilled: true };
    expect(reachedIn({ id: 'the log' }, checkpoint)).to.equal(7n);
    expect(reachedIn({ id: 'another log' }, checkpoint)).to.equal(0n);
    expect(reachedIn({ id: 'the log' }, null)).to.equal(0n);
  });

  it('in events is what the positions say where they count, else what is read', async () => {
    expect(await lagInEvents(logOf(true), 7n, 19n)).to.equal(12);
    expect(await lagInEvents(logOf(false, recorded(), recorded()), 7n, 900n)).to.equal(2);
  });

  it('in seconds is the age of the first event that is behind; unknown where it does not tell', async () => {
    const occurred_at = new Date(Date.now() - 60_000).toISOString();
    const lag = await lagInSeconds(logOf(true, recorded({ metadata: { occurred_at } }), recorded()), 7n, 9n);
    expect(lag).to.be.within(60, 70);
    expect(await lagInSeconds(logOf(true, recorded({ metadata: '{}' })), 7n, 9n)).to.equal(null);
  });

  it('is nothing where they are level, and nothing is read', async () => {
    expect(await lagInEvents(silent, 9n, 9n)).to.equal(0);
    expect(await lagInSeconds(silent, 9n, 9n)).to.equal(0);
  });

  it('is never less than nothing, whatever a clock says', async () => {
    const occurred_at = new Date(Date.now() + 60_000).toISOString();
    expect(await lagInSeconds(logOf(true, recorded({ metadata: { occurred_at } })), 7n, 9n)).to.equal(0);
  });

  it('is a share of the log', () => {
    expect([shareOf(0n, 8n), shareOf(2n, 8n), shareOf(8n, 8n), shareOf(9n, 8n), shareOf(0n, 0n)]).to.deep.equal([
      0, 0.25, 1, 1, 1,
    ]);
  });
});
