import { operationsDecider, type RecordOperation } from '../../src/commands/operations.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { given } from '../support/given.ts';

const replay_id = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
const start: RecordOperation = { type: 'StartReplay', replay_id, reason: 'a new view' };
const started: Fact = { type: 'ReplayStarted', data: { replay_id, reason: 'a new view' } };
const counts = { events: 3, changed: 1, added: 0, removed: 0 };
const completed: Fact = { type: 'ReplayCompleted', data: { replay_id, ...counts } };

describe('what operators did', () => {
  it('is recorded when a replay starts', () => {
    given(operationsDecider).when(start).then(started);
  });

  it('needs no event when a replay is resumed', () => {
    given(operationsDecider, started).when(start).then();
  });

  it('does not start a replay that has ended', () => {
    given(operationsDecider, started, completed).when(start).thenRefused('replay_ended');
  });

  it('is recorded when a replay is completed, once', () => {
    given(operationsDecider, started)
      .when({ type: 'CompleteReplay', replay_id, ...counts })
      .then(completed);
    given(operationsDecider, started, completed)
      .when({ type: 'CompleteReplay', replay_id, ...counts })
      .then();
  });

  it('is recorded when a replay is discarded, unless it was completed before', () => {
    given(operationsDecider, started)
      .when({ type: 'DiscardReplay', replay_id })
      .then({ type: 'ReplayDiscarded', data: { replay_id } });
    given(operationsDecider, started, completed).when({ type: 'DiscardReplay', replay_id }).then();
  });

  it('completes and discards no replay that was never started', () => {
    given(operationsDecider).when({ type: 'DiscardReplay', replay_id }).thenRefused('replay_unknown');
  });

  it('is recorded when views are repaired, and not if there was none to repair', () => {
    const data = { streams: [`import-${replay_id}`], reason: null };
    given(operationsDecider)
      .when({ type: 'RepairViews', ...data })
      .then({ type: 'ViewsRepaired', data });
    given(operationsDecider).when({ type: 'RepairViews', streams: [], reason: null }).then();
  });

  it('is recorded when events in the quarantine are tried again', () => {
    const data = { released: 2, waiting: 0, reason: null };
    given(operationsDecider)
      .when({ type: 'RetryQuarantine', ...data })
      .then({ type: 'QuarantineRetried', data });
  });
});
