import type { ImportCommand } from '../../../src/commands/import-command.ts';
import type { Fact } from '../../../src/events/event-types.ts';
import { IMPORT_REQUESTED } from '../../support/events.ts';
import {
  ALBUM,
  ASKED_MS,
  asked,
  cancel,
  cancelled,
  complete,
  failed,
  HERE,
  HOUR_MS,
  inDecider,
  LOG,
  requested,
  retried,
  retry,
  SECOND_MS,
  scheduled,
  start,
  started,
  startedAs,
  succeeded,
} from './life.ts';

describe('an import that is cancelled', () => {
  it('ends if it waits or runs, once', () => {
    const then: Fact = { type: 'ImportCancelled', data: ALBUM };
    inDecider(requested).when(cancel).then(then);
    inDecider(requested, started()).when(cancel).then(then);
    inDecider(requested, cancelled).when(cancel).then();
  });

  it('stays as it is if it has succeeded or failed', () => {
    for (const end of [succeeded, failed()]) {
      inDecider(requested, started(), end).when(cancel).thenRefused('import_ended');
    }
  });
});

describe('an import that is asked for again', () => {
  it('waits anew if it has failed or was cancelled', () => {
    inDecider(requested, started(), failed()).when(retry()).then(retried);
    inDecider(requested, cancelled).when(retry()).then(retried);
    inDecider(requested, failed(), asked(HOUR_MS))
      .when(start({ nowMs: ASKED_MS + HOUR_MS }))
      .then(startedAs(2));
  });

  it('stays as it is if it waits or runs', () => {
    for (const adoptedBy of [null, HERE]) {
      inDecider(requested).when(retry(adoptedBy)).then();
      inDecider(requested, started()).when(retry(adoptedBy)).then();
      inDecider(requested, started(), scheduled(1, 'source_unavailable', ASKED_MS))
        .when(retry(adoptedBy))
        .then();
    }
  });

  it('is refused after a hundred times: its events, which are read for each command, must have an end', () => {
    const again = Array.from({ length: 99 }, () => [cancelled, asked(SECOND_MS)]).flat();
    inDecider(requested, ...again, cancelled)
      .when(retry())
      .then(retried);
    inDecider(requested, ...again, cancelled, asked(SECOND_MS), cancelled)
      .when(retry())
      .thenRefused('import_ended');
    inDecider(requested, ...again, cancelled, asked(SECOND_MS))
      .when(retry())
      .then();
  });

  it('is refused if it has succeeded', () => {
    for (const adoptedBy of [null, HERE, { log: LOG, after: 9n }]) {
      inDecider(requested, started(), succeeded).when(retry(adoptedBy)).thenRefused('import_ended');
    }
  });

  it('is adopted if it waits, or runs as its events say, but is not performed by itself', () => {
    const later = { log: LOG, after: 9n };
    for (const past of [[requested], [requested, started()], [IMPORT_REQUESTED]]) {
      inDecider(...past)
        .when(retry(later))
        .then(retried);
      inDecider(...past)
        .when(retry(null))
        .then();
    }
  });

  it('makes the claim void that it had elsewhere', () => {
    inDecider(requested, started(), asked(HOUR_MS)).when(complete(1)).thenRefused('import_claimed');
    inDecider(requested, started(), asked(HOUR_MS))
      .when(start({ nowMs: ASKED_MS + HOUR_MS }))
      .then(startedAs(2));
  });
});

describe('an import that has gone on', () => {
  it('needs no event if it is requested again with the same parameters', () => {
    const create: ImportCommand = { type: 'CreateImport', ...IMPORT_REQUESTED.data, redacted: [] };
    for (const now of [started(), succeeded, failed(), cancelled]) inDecider(requested, now).when(create).then();
    const other = { ...create, params: { a: 1 } };
    inDecider(requested, succeeded).when(other).thenRefused('request_differs');
  });
});
