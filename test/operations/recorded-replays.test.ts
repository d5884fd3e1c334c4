import { expect } from 'chai';
import type { EventLog } from '../../src/events/event-log.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { openReplays, recordedReplays, replaysIn } from '../../src/operations/recorded-replays.ts';
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

describe('the recorded replays', () => {
  it('have a start and an end, among other operations', () => {
    const all = replays(started(ONE), retried, discarded(ONE), started(OTHER));
    expect([...all].map(([id, { started, end }]) => [id, started.revision, end?.revision ?? null])).to.deep.equal([
      [ONE, 0, 2],
      [OTHER, 3, null],
    ]);
  });

  it('are read although this version cannot read other events', async () => {
    const events = [
      recorded({ type: 'LaterOperation' }),
      recorded({ type: 'ReplayStarted', data: { replay_id: ONE, reason: null } }),
    ];
    const log = { readStream: async () => events } as Partial<EventLog> as EventLog;
    expect([...(await recordedReplays(log)).keys()]).to.deep.equal([ONE]);
  });

  it('include none that never started', () => {
    expect(replays(discarded(ONE)).size).to.equal(0);
  });

  it('are open if their end is not recorded', () => {
    const open = openReplays(replays(started(ONE), started(OTHER), discarded(ONE)));
    expect(open.map(({ started }) => started.data.replay_id)).to.deep.equal([OTHER]);
  });
});
