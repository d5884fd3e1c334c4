import type { Fact } from '../../../src/events/event-types.ts';
import { IMPORT_REQUESTED } from '../../support/events.ts';
import {
  ALBUM,
  ASKED_MS,
  after,
  asked,
  call,
  cancel,
  cancelled,
  complete,
  expire,
  fail,
  failed,
  failure,
  giveBack,
  image,
  inDecider,
  LOG,
  requested,
  retry,
  SECOND_MS,
  scheduled,
  source,
  start,
  started,
  startedAs,
  succeeded,
  text,
} from './life.ts';

describe('an import that nobody has requested', () => {
  it('knows no other command', () => {
    for (const command of [start(), complete(0), fail(0, 'not_an_image'), giveBack(0), expire(0), cancel, retry()]) {
      inDecider().when(command).thenRefused('import_unknown');
    }
  });
});

describe('a claim on an import', () => {
  it('is made by the first attempt', () => {
    inDecider(requested).when(start()).then(startedAs(1));
  });

  it('is made by the next attempt, when it is due and not sooner', () => {
    const waits = [requested, started(), scheduled(1, 'source_unavailable', ASKED_MS + 9_000)];
    inDecider(...waits)
      .when(start({ nowMs: ASKED_MS + 8_999 }))
      .thenRefused('import_not_due');
    inDecider(...waits)
      .when(start({ nowMs: ASKED_MS + 9_000 }))
      .then(startedAs(2));
  });

  it('has the number of one before it that did not count', () => {
    inDecider(requested, started(), scheduled(0, 'connection_refused', ASKED_MS))
      .when(start())
      .then(startedAs(1));
  });

  it('is refused while somebody has the import, unless exactly that claim is taken for lost', () => {
    const runs = [requested, started()];
    for (const lostClaim of [null, 0, 2]) {
      inDecider(...runs)
        .when(start({ lostClaim }))
        .thenRefused('import_claimed');
    }
    inDecider(...runs)
      .when(start({ lostClaim: 1 }))
      .then(startedAs(2));
    inDecider(...runs, started(2))
      .when(start({ lostClaim: 1 }))
      .thenRefused('import_claimed');
  });

  it('is not made a sixth time: after five that were lost in a row, the import fails', () => {
    const lost = [1, 2, 3, 4].map(started);
    inDecider(requested, ...lost)
      .when(start({ lostClaim: 4 }))
      .then(startedAs(5));
    const detail = '5 workers in a row did not come to an end of it.';
    inDecider(requested, ...lost, started(5))
      .when(start({ lostClaim: 5 }))
      .then({ type: 'ImportFailed', data: { ...ALBUM, attempt: 5, reason: 'worker_lost', detail, calls: [] } });
    inDecider(requested, ...lost, scheduled(4, 'source_unavailable', ASKED_MS), started(5))
      .when(start({ lostClaim: 6 }))
      .then(startedAs(6));
  });

  it('is refused after the end', () => {
    for (const end of [succeeded, failed(), cancelled]) {
      inDecider(requested, started(), end).when(start()).thenRefused('import_ended');
    }
  });

  it('is refused if the import was asked for in another log, in none that is known, or before the mark', () => {
    const elsewhere = { log: '00000000-0000-4000-8000-000000000000', after: 0n };
    inDecider(requested)
      .when(start({ performed: elsewhere }))
      .thenRefused('import_not_performed');
    inDecider(IMPORT_REQUESTED).when(start()).thenRefused('import_not_performed');
    // The request is at position 1.
    inDecider(requested)
      .when(start({ performed: { log: LOG, after: 1n } }))
      .thenRefused('import_not_performed');
  });

  it('goes by the last request for a retry', () => {
    const elsewhere = { log: '00000000-0000-4000-8000-000000000000' };
    const history = [after(0, IMPORT_REQUESTED, elsewhere), failed(), asked(0)];
    inDecider(...history)
      .when(start({ performed: { log: LOG, after: 2n } }))
      .then(startedAs(2));
    inDecider(requested, failed(), asked(0, elsewhere)).when(start()).thenRefused('import_not_performed');
  });
});

describe('a result of a claim', () => {
  const results = [complete(1), fail(1, 'not_an_image'), fail(1, 'source_unavailable'), giveBack(1)];

  it('is refused after somebody else has claimed the import', () => {
    for (const result of results) {
      inDecider(requested, started(), started(2)).when(result).thenRefused('import_claimed');
    }
  });

  it('is refused after the import was given back, and after its end', () => {
    const ends = [scheduled(1, 'source_unavailable', ASKED_MS), succeeded, failed(), cancelled];
    for (const end of ends) {
      for (const result of results) inDecider(requested, started(), end).when(result).thenRefused('import_claimed');
    }
  });

  it('is refused before there is any', () => {
    for (const result of results) inDecider(requested).when(result).thenRefused('import_claimed');
  });

  it('is the image, with what was asked of the source', () => {
    inDecider(requested, started())
      .when(complete(1))
      .then({ type: 'ImportSucceeded', data: { ...ALBUM, attempt: 1, image, source, calls: [call] } });
  });

  it('gives the import back for later if that happens again and again: no worker fills the log with claims', () => {
    const round = [started(), scheduled(0, 'worker_lost', ASKED_MS)];
    const rounds = Array.from({ length: 5 }, () => round).flat();
    const detail = 'The worker ended before it was done.';
    const back = (ms: number): Fact => ({
      type: 'ImportRetryScheduled',
      data: { ...failure(0, 'worker_lost'), detail, not_before: text(ASKED_MS + ms) },
    });
    inDecider(requested, ...rounds.slice(2), started())
      .when(giveBack(9))
      .then(back(0));
    inDecider(requested, ...rounds, started())
      .when(giveBack(11))
      .then(back(10 * SECOND_MS));
    inDecider(requested, ...rounds, started(), scheduled(1, 'source_unavailable', ASKED_MS), started(2))
      .when(giveBack(13))
      .then({ ...back(0), data: { ...back(0).data, attempt: 1 } } as Fact);
  });

  it('gives the import back at once, and the attempt does not count', () => {
    const detail = 'The worker ended before it was done.';
    const data = { ...failure(1, 'worker_lost'), detail, not_before: text(ASKED_MS) };
    const back: Fact = { type: 'ImportRetryScheduled', data };
    const before = [requested, started(), scheduled(1, 'source_unavailable', ASKED_MS), started(2)];
    inDecider(...before)
      .when(giveBack(3))
      .then(back);
    // The second one to count is still followed by the second delay.
    inDecider(...before, after(0, back), started(2))
      .when(fail(5, 'source_unavailable'))
      .then({
        type: 'ImportRetryScheduled',
        data: { ...failure(2, 'source_unavailable'), not_before: text(ASKED_MS + 60 * SECOND_MS) },
      });
  });
});
