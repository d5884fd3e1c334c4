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

  it('is marked once in a log and an installation from where on imports are performed', () => {
    const mark = { log: replay_id, service: 'here', position: '7' };
    const marked: Fact = { type: 'ImporterMarked', data: mark };
    given(operationsDecider)
      .when({ type: 'MarkImporter', ...mark })
      .then(marked);
    given(operationsDecider, marked)
      .when({ type: 'MarkImporter', ...mark, position: '9' })
      .then();
    for (const other of [{ service: 'there' }, { log: '3d172b54-f40f-4df9-9342-0b042fac5382' }]) {
      given(operationsDecider, marked)
        .when({ type: 'MarkImporter', ...mark, ...other })
        .then({ type: 'ImporterMarked', data: { ...mark, ...other } });
    }
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

  it('is recorded that a version of the views was removed', () => {
    given(operationsDecider)
      .when({ type: 'RemoveViews', version: '6' })
      .then({ type: 'ViewsRemoved', data: { version: '6' } });
  });
});
