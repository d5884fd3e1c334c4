import { type ImportCommand, importDecider } from '../../src/commands/import.ts';
import { COURSE_OF } from '../../src/commands/import-reasons.ts';
import type { Fact } from '../../src/events/event-types.ts';
import {
  type Call,
  IMPORT_LIFETIME_MS,
  IMPORT_REASONS,
  type Image,
  type ImportReason,
} from '../../src/events/import-events.ts';
import type { EventMetadata } from '../../src/events/metadata.ts';
import { IMPORT_REQUESTED, METADATA } from '../support/events.ts';
import { given, type Past } from '../support/given.ts';

/** The life of an import after it was requested. */

const LOG = '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90';
const ASKED_MS = Date.parse(METADATA.occurred_at);
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const ALBUM = { album_id: IMPORT_REQUESTED.data.album_id };

const text = (ms: number) => new Date(ms).toISOString();
/** What happened so long after the request, in this log. */
const after = (ms: number, fact: Fact, metadata: Partial<EventMetadata> = {}): Past => ({
  ...fact,
  metadata: { occurred_at: text(ASKED_MS + ms), log: LOG, ...metadata },
});

const call: Call = { request: 'GET https://h/x.jpg', status: 503, error: null, at: text(ASKED_MS), ms: 5 };
const image: Image = {
  id: 'd1b0f9b7-8b0e-5d8e-9d1e-3c1f3f3a8a11',
  sha256: 'a'.repeat(64),
  md5: 'b'.repeat(32),
  bytes: 9,
  content_type: 'image/png',
  format: 'png',
  width: 1,
  height: 1,
  filename: 'x.png',
};
const source = { kind: 'url', host: 'h', path: '/x.png' } as const;

const requested = after(0, IMPORT_REQUESTED);
const started = (attempt = 1): Past =>
  after(SECOND_MS, {
    type: 'ImportStarted',
    data: { ...ALBUM, attempt, worker: 'w', deadline: text(ASKED_MS + 121 * SECOND_MS) },
  });
const scheduled = (attempt: number, reason: ImportReason, notBeforeMs: number): Past =>
  after(2 * SECOND_MS, {
    type: 'ImportRetryScheduled',
    data: { ...ALBUM, attempt, reason, detail: null, calls: [], not_before: text(notBeforeMs) },
  });
const succeeded = after(SECOND_MS, {
  type: 'ImportSucceeded',
  data: { ...ALBUM, attempt: 1, image, source, calls: [call] },
});
const failed = (reason: ImportReason = 'not_an_image', attempt = 1): Past =>
  after(SECOND_MS, { type: 'ImportFailed', data: { ...ALBUM, attempt, reason, detail: null, calls: [] } });
const cancelled = after(SECOND_MS, { type: 'ImportCancelled', data: ALBUM });
const asked = (ms: number, metadata: Partial<EventMetadata> = {}): Past =>
  after(ms, { type: 'ImportRetryRequested', data: { ...ALBUM, reason: null } }, metadata);

type Command<T> = Extract<ImportCommand, { type: T }>;
const HERE = { log: LOG, after: 0n };
const start = (fields: Partial<Command<'StartImport'>> = {}): ImportCommand => ({
  type: 'StartImport',
  worker: 'v',
  nowMs: ASKED_MS,
  deadlineMs: ASKED_MS + 120 * SECOND_MS,
  lostClaim: null,
  performed: HERE,
  ...fields,
});
const startedAs = (attempt: number): Fact => ({
  type: 'ImportStarted',
  data: { ...ALBUM, attempt, worker: 'v', deadline: text(ASKED_MS + 120 * SECOND_MS) },
});
const complete = (claim: number): ImportCommand => ({ type: 'CompleteImport', claim, image, source, calls: [call] });
const fail = (claim: number, reason: ImportReason, nowMs = ASKED_MS, retryAfterMs?: number): ImportCommand => ({
  ...{ type: 'FailAttempt', claim, nowMs, random: 0.5, reason, detail: 'why', calls: [call] },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
const failure = (attempt: number, reason: ImportReason) => ({
  ...{ ...ALBUM, attempt, reason, detail: 'why', calls: [call] },
});
const giveBack = (claim: number): ImportCommand => ({ type: 'GiveBack', claim, nowMs: ASKED_MS, calls: [call] });
const expire = (ms: number, performed = HERE): ImportCommand => ({
  ...{ type: 'ExpireImport', nowMs: ASKED_MS + ms, performed, reason: 'connection_missing', detail: 'why' },
});
const cancel: ImportCommand = { type: 'CancelImport' };
const retry = (adoptedBy: Command<'RetryImport'>['adoptedBy'] = null): ImportCommand => ({
  ...{ type: 'RetryImport', reason: 'because', adoptedBy },
});
const retried: Fact = { type: 'ImportRetryRequested', data: { ...ALBUM, reason: 'because' } };

const inDecider = (...past: Past[]) => given(importDecider, ...past);

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
