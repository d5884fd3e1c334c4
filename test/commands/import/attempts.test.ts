import { COURSE_OF } from '../../../src/commands/import-reasons.ts';
import type { Fact } from '../../../src/events/event-types.ts';
import { IMPORT_LIFETIME_MS, IMPORT_REASONS, type ImportReason } from '../../../src/events/import-events.ts';
import { IMPORT_REQUESTED } from '../../support/events.ts';
import {
  ALBUM,
  ASKED_MS,
  asked,
  cancelled,
  expire,
  fail,
  failed,
  failure,
  HOUR_MS,
  inDecider,
  LOG,
  requested,
  SECOND_MS,
  scheduled,
  started,
  succeeded,
  text,
} from './life.ts';

describe('an attempt that fails', () => {
  for (const reason of IMPORT_REASONS) {
    const course = COURSE_OF[reason];
    const does = { permanent: 'ends the import', retried: 'is tried again later', waits: 'does not count' }[course];
    it(`for ${reason} ${does}`, () => {
      const attempt = course === 'waits' ? 0 : 1;
      const data = failure(attempt, reason);
      const then: Fact =
        course === 'permanent'
          ? { type: 'ImportFailed', data }
          : { type: 'ImportRetryScheduled', data: { ...data, not_before: text(ASKED_MS + 10 * SECOND_MS) } };
      inDecider(requested, started()).when(fail(1, reason)).then(then);
    });
  }

  const notBefore = (attempt: number, reason: ImportReason, ms: number): Fact => ({
    ...{ type: 'ImportRetryScheduled', data: { ...failure(attempt, reason), not_before: text(ASKED_MS + ms) } },
  });

  it('is followed by a longer delay each time, in which those that do not count change nothing', () => {
    const once = [requested, started(), scheduled(1, 'source_unavailable', ASKED_MS)];
    const refused = [started(2), scheduled(1, 'connection_refused', ASKED_MS)];
    inDecider(...once, started(2))
      .when(fail(3, 'checksum_mismatch'))
      .then(notBefore(2, 'checksum_mismatch', 60 * SECOND_MS));
    inDecider(...once, ...refused, ...refused, started(2))
      .when(fail(7, 'source_unavailable'))
      .then(notBefore(2, 'source_unavailable', 60 * SECOND_MS));
  });

  it('waits twice as long each time in a row for what is to be mended, so that its events stay few', () => {
    const refused = (nth: number) => [started(), scheduled(0, 'connection_refused', ASKED_MS + nth)];
    inDecider(requested, ...refused(1), ...refused(2), started())
      .when(fail(5, 'storage_unavailable'))
      .then(notBefore(0, 'storage_unavailable', 40 * SECOND_MS));
    inDecider(
      requested,
      ...refused(1),
      ...refused(2),
      started(),
      scheduled(1, 'source_unavailable', ASKED_MS),
      started(2),
    )
      .when(fail(7, 'connection_refused'))
      .then(notBefore(1, 'connection_refused', 10 * SECOND_MS));
  });

  it('is followed by the first delay after a request for a retry, and attempts are counted on', () => {
    const once = [
      requested,
      started(),
      scheduled(1, 'source_unavailable', ASKED_MS),
      started(2),
      failed('not_an_image', 2),
    ];
    inDecider(...once, asked(0), started(3))
      .when(fail(6, 'source_unavailable'))
      .then(notBefore(3, 'source_unavailable', 10 * SECOND_MS));
  });

  it('is not tried again sooner than the worker says', () => {
    inDecider(requested, started())
      .when(fail(1, 'source_unavailable', ASKED_MS, HOUR_MS))
      .then(notBefore(1, 'source_unavailable', HOUR_MS));
    inDecider(requested, started())
      .when(fail(1, 'source_unavailable', ASKED_MS, 1))
      .then(notBefore(1, 'source_unavailable', 10 * SECOND_MS));
  });

  it('ends the import if the next one would come more than 72 hours after it was asked for', () => {
    const lastMs = ASKED_MS + IMPORT_LIFETIME_MS - 10 * SECOND_MS;
    for (const [reason, attempt] of [
      ['source_unavailable', 1],
      ['limit_exceeded', 0],
    ] as const) {
      inDecider(requested, started())
        .when(fail(1, reason, lastMs))
        .then(notBefore(attempt, reason, IMPORT_LIFETIME_MS));
      inDecider(requested, started())
        .when(fail(1, reason, lastMs + 1))
        .then({ type: 'ImportFailed', data: failure(attempt, reason) });
    }
    inDecider(requested, failed(), asked(HOUR_MS), started(2))
      .when(fail(3, 'source_unavailable', lastMs + 1))
      .then(notBefore(2, 'source_unavailable', IMPORT_LIFETIME_MS + 1));
  });
});

describe('an import that has waited for 72 hours', () => {
  const over: Fact = {
    type: 'ImportFailed',
    data: { ...ALBUM, attempt: 0, reason: 'connection_missing', detail: 'why', calls: [] },
  };

  it('fails for what it waits for, and not sooner', () => {
    inDecider(requested)
      .when(expire(IMPORT_LIFETIME_MS - 1))
      .then();
    inDecider(requested).when(expire(IMPORT_LIFETIME_MS)).then(over);
    inDecider(requested, failed('not_an_image', 0), asked(HOUR_MS)).when(expire(IMPORT_LIFETIME_MS)).then();
    inDecider(requested, failed('not_an_image', 0), asked(HOUR_MS))
      .when(expire(IMPORT_LIFETIME_MS + HOUR_MS))
      .then(over);
  });

  it('stays as it is if somebody has it, or if it has ended', () => {
    for (const now of [started(), succeeded, failed(), cancelled]) {
      inDecider(requested, now).when(expire(IMPORT_LIFETIME_MS)).then();
    }
  });

  it('waits on if it is not performed here', () => {
    inDecider(requested)
      .when(expire(IMPORT_LIFETIME_MS, { log: LOG, after: 1n }))
      .then();
    inDecider(IMPORT_REQUESTED).when(expire(IMPORT_LIFETIME_MS)).then();
  });
});
