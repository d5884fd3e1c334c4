import { importDecider } from '../../../src/commands/import.ts';
import type { ImportCommand } from '../../../src/commands/import-command.ts';
import type { Fact } from '../../../src/events/event-types.ts';
import type { Call, Image, ImportReason } from '../../../src/events/import-events.ts';
import type { EventMetadata } from '../../../src/events/metadata.ts';
import { IMPORT_REQUESTED, METADATA } from '../../support/events.ts';
import { given, type Past } from '../../support/given.ts';

/** What the life of an import is tested with: what has happened to one, and what may be asked. */

export const LOG = '7d1f5c1e-0c5e-4f0a-9d57-2b8a6a4c1e90';
export const ASKED_MS = Date.parse(METADATA.occurred_at);
export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;
export const ALBUM = { album_id: IMPORT_REQUESTED.data.album_id };

export const text = (ms: number) => new Date(ms).toISOString();
/** What happened so long after the request, in this log. */
export const after = (ms: number, fact: Fact, metadata: Partial<EventMetadata> = {}): Past => ({
  ...fact,
  metadata: { occurred_at: text(ASKED_MS + ms), log: LOG, ...metadata },
});

export const call: Call = { request: 'GET https://h/x.jpg', status: 503, error: null, at: text(ASKED_MS), ms: 5 };
export const image: Image = {
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
export const source = { kind: 'url', host: 'h', path: '/x.png' } as const;

export const requested = after(0, IMPORT_REQUESTED);
export const started = (attempt = 1): Past =>
  after(SECOND_MS, {
    type: 'ImportStarted',
    data: { ...ALBUM, attempt, worker: 'w', deadline: text(ASKED_MS + 121 * SECOND_MS) },
  });
export const scheduled = (attempt: number, reason: ImportReason, notBeforeMs: number): Past =>
  after(2 * SECOND_MS, {
    type: 'ImportRetryScheduled',
    data: { ...ALBUM, attempt, reason, detail: null, calls: [], not_before: text(notBeforeMs) },
  });
export const succeeded = after(SECOND_MS, {
  type: 'ImportSucceeded',
  data: { ...ALBUM, attempt: 1, image, source, calls: [call] },
});
export const failed = (reason: ImportReason = 'not_an_image', attempt = 1): Past =>
  after(SECOND_MS, { type: 'ImportFailed', data: { ...ALBUM, attempt, reason, detail: null, calls: [] } });
export const cancelled = after(SECOND_MS, { type: 'ImportCancelled', data: ALBUM });
export const asked = (ms: number, metadata: Partial<EventMetadata> = {}): Past =>
  after(ms, { type: 'ImportRetryRequested', data: { ...ALBUM, reason: null } }, metadata);

type Command<T> = Extract<ImportCommand, { type: T }>;
export const HERE = { log: LOG, after: 0n };
export const start = (fields: Partial<Command<'StartImport'>> = {}): ImportCommand => ({
  type: 'StartImport',
  worker: 'v',
  nowMs: ASKED_MS,
  deadlineMs: ASKED_MS + 120 * SECOND_MS,
  lostClaim: null,
  performed: HERE,
  ...fields,
});
export const startedAs = (attempt: number): Fact => ({
  type: 'ImportStarted',
  data: { ...ALBUM, attempt, worker: 'v', deadline: text(ASKED_MS + 120 * SECOND_MS) },
});
export const complete = (claim: number): ImportCommand => ({
  type: 'CompleteImport',
  claim,
  image,
  source,
  calls: [call],
});
export const fail = (claim: number, reason: ImportReason, nowMs = ASKED_MS, retryAfterMs?: number): ImportCommand => ({
  ...{ type: 'FailAttempt', claim, nowMs, random: 0.5, reason, detail: 'why', calls: [call] },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
export const failure = (attempt: number, reason: ImportReason) => ({
  ...{ ...ALBUM, attempt, reason, detail: 'why', calls: [call] },
});
export const giveBack = (claim: number): ImportCommand => ({ type: 'GiveBack', claim, nowMs: ASKED_MS, calls: [call] });
export const expire = (ms: number, performed = HERE): ImportCommand => ({
  ...{ type: 'ExpireImport', nowMs: ASKED_MS + ms, performed, reason: 'connection_missing', detail: 'why' },
});
export const cancel: ImportCommand = { type: 'CancelImport' };
export const retry = (adoptedBy: Command<'RetryImport'>['adoptedBy'] = null): ImportCommand => ({
  ...{ type: 'RetryImport', reason: 'because', adoptedBy },
});
export const retried: Fact = { type: 'ImportRetryRequested', data: { ...ALBUM, reason: 'because' } };

export const inDecider = (...past: Past[]) => given(importDecider, ...past);
