import { expect } from 'chai';
import type { EventLog } from '../../src/events/event-log.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { isLive, recordedReplays, replaysIn } from '../../src/operations/recorded-replays.ts';
import { domainEvent } from '../support/events.ts';
import { recorded } from '../support/recorded.ts';

const [ONE, OTHER] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const GENERATION = '33333333-3333-4333-8333-333333333333';

const started = (replay_id: string): Fact => ({
  type: 'ReplayStarted',
  data: { replay_id, reason: null, generation: GENERATION },
});
const discarded = (replay_id: string): Fact => ({ type: 'ReplayDiscarded', data: { replay_id } });
const retried: Fact = { type: 'QuarantineRetried', data: { released: 1, waiting: 0, reason: null } };

const replays = (...facts: Fact[]) =>
  replaysIn(facts.map((fact, revision) => domainEvent('operations', revision, fact)));

describe('the replays on record', () => {
  it('are each with its start and its end, among whatever else operators did', () => {
    const all = replays(started(ONE), retried, discarded(ONE), started(OTHER));
    expect([...all].map(([id, { started, end }]) => [id, started.revision, end?.revision ?? null])).to.deep.equal([
      [ONE, 0, 2],
      [OTHER, 3, null],
    ]);
  });

  it('are read past what this version cannot read', async () => {
    const events = [
      recorded({ type: 'LaterOperation' }),
      recorded({ type: 'ReplayStarted', data: { replay_id: ONE, reason: null } }),
    ];
    const log = { readStream: async () => events } as Partial<EventLog> as EventLog;
    expect([...(await recordedReplays(log)).keys()]).to.deep.equal([ONE]);
  });

  it('are none that never started', () => {
    expect(replays(discarded(ONE)).size).to.equal(0);
  });

  it('are live where the live read model is their making, of this log', () => {
    const replay = replays(started(ONE)).get(ONE) ?? expect.fail();
    const live = { log: 'the log', position: 1n, generation: GENERATION };
    expect(isLive(replay, live, { id: 'the log' })).to.equal(true);
    expect(isLive(replay, live, { id: 'another log' })).to.equal(false);
    expect(isLive(replay, { ...live, generation: OTHER }, { id: 'the log' })).to.equal(false);
    expect(isLive(replay, null, { id: 'the log' })).to.equal(false);
  });
});
