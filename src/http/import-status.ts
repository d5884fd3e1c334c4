import { COURSE_OF } from '../commands/import-reasons.ts';
import type { ImportReason } from '../events/import-events.ts';
import { PAUSED_BY_OPERATORS } from '../importer/expiry.ts';
import type { Stored } from '../projections/queries.ts';
import { askedAt } from '../projections/views/import-view.ts';
import type { ImportView } from '../projections/views.ts';
import { digestOf } from './out/etag.ts';
import type { Services } from './services.ts';

/** Where an import stands, as callers are told. Times are UTC, ISO 8601. */
export interface ImportStatus {
  readonly status: ImportView['status'];
  readonly attempts: number;
  readonly reason: ImportReason | null;
  readonly detail: string | null;
  /** Whether another attempt may help; null: nothing went wrong. */
  readonly retryable: boolean | null;
  readonly next_attempt_at: string | null;
  readonly deadline: string | null;
  readonly image_id: string | null;
  readonly requested_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

type Hindrance = Partial<Pick<ImportStatus, 'reason' | 'detail' | 'retryable' | 'next_attempt_at'>>;

/** A status and its strong entity tag, which names the state: each event changes it, and so does what the import waits for. */
export interface TaggedStatus {
  readonly status: ImportStatus;
  readonly tag: string;
  /** The revision of the import's newest event. */
  readonly revision: number;
}

export function statusOf(
  { revision, view }: Stored<'import'>,
  services: Pick<Services, 'log' | 'connections' | 'performedSince'>,
): TaggedStatus {
  const status = { ...recordedStatus(view), ...hindranceOf(view, services) };
  return { status, tag: `"${digestOf(`${revision} ${JSON.stringify(status)}`)}"`, revision };
}

export function hasEnded({ status }: ImportStatus): boolean {
  return status !== 'waiting' && status !== 'running';
}

function recordedStatus(view: ImportView): ImportStatus {
  const reason = view.reason as ImportReason | null;
  return {
    status: view.status,
    attempts: Number(view.attempts),
    reason,
    detail: view.detail,
    retryable: isRetryable(reason),
    next_attempt_at: view.status === 'waiting' ? view.due_at : null,
    deadline: view.status === 'running' ? view.due_at : null,
    image_id: view.image_id,
    requested_at: view.created_at,
    started_at: view.started_at,
    ended_at: view.ended_at,
  };
}

/** A newer release may know more reasons. */
function isRetryable(reason: ImportReason | null): boolean | null {
  if (reason === null) return null;
  return COURSE_OF[reason] !== 'permanent';
}

const HELD =
  'It was requested before this installation performed any, as before a restore, so it is not performed by itself. The operators can have it performed.';

/** Whether an import was asked for before the mark. One of the very moment may be taken for the other; then its next event tells. */
function isBefore(view: ImportView, mark: string | null): boolean {
  const askedAtMs = askedAt(view);
  return mark !== null && askedAtMs !== null && askedAtMs <= Date.parse(mark);
}

/** What an import waits for, though none of its events says so; null: nothing of that kind. */
function hindranceOf(
  view: ImportView,
  { log, connections, performedSince }: Pick<Services, 'log' | 'connections' | 'performedSince'>,
): Hindrance | null {
  if (view.status !== 'waiting') return null;
  if (view.log !== log.id) {
    const detail =
      'It was requested in another log, or in a release before 0.3, so it is not performed by itself. The operators can have it performed.';
    return { detail, next_attempt_at: null };
  }
  if (isBefore(view, performedSince())) return { detail: HELD, next_attempt_at: null };
  if (view.lane !== 'salesforce') return null;
  const standing = connections.standing(view.organization_id);
  switch (standing.kind) {
    case 'ready':
      return null;
    case 'missing':
    case 'removed':
      return hindered(
        'connection_missing',
        'The organization has no connection to Salesforce: the operators can add it.',
        null,
      );
    case 'unusable':
      return hindered('connection_refused', standing.detail, null);
    case 'paused': {
      const { reason, detail, until } = standing;
      const pausedUntil = until?.toISOString() ?? null;
      // Their words are for operators.
      if (reason === 'asked') return hindered('connection_refused', PAUSED_BY_OPERATORS, pausedUntil);
      return hindered(reason, detail, pausedUntil && later(pausedUntil, view.due_at));
    }
  }
}

function hindered(reason: ImportReason, detail: string | null, next_attempt_at: string | null): Hindrance {
  return { reason, detail, retryable: isRetryable(reason), next_attempt_at };
}

function later(time: string, other: string | null): string {
  return other === null || other < time ? time : other;
}
