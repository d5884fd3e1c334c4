import { COURSE_OF } from '../commands/import-reasons.ts';
import type { ImportReason } from '../events/event-types.ts';
import type { Stored } from '../projections/queries.ts';
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

/** A status and its strong entity tag, which names the state: each event changes it, and so does what the import waits for. */
export interface TaggedStatus {
  readonly status: ImportStatus;
  readonly tag: string;
  /** The revision of the import's newest event. */
  readonly revision: number;
}

/** Why an import waits, though none of its events says so. `until`: when that ends by itself; null: somebody must act. */
export interface Hindrance {
  readonly reason: ImportReason | null;
  readonly detail: string;
  readonly until: string | null;
}

/** @throws {ReadModelUnavailable} */
export async function statusOf(
  { revision, view }: Stored<'import'>,
  services: Pick<Services, 'log' | 'connections'>,
): Promise<TaggedStatus> {
  const status = withHindrance(recordedStatus(view), await hindranceOf(view, services));
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

function withHindrance(status: ImportStatus, hindrance: Hindrance | null): ImportStatus {
  if (hindrance === null) return status;
  const { reason, detail, until } = hindrance;
  const due = status.next_attempt_at;
  const isLater = until !== null && due !== null && until < due;
  return { ...status, reason, detail, retryable: isRetryable(reason), next_attempt_at: isLater ? due : until };
}

async function hindranceOf(
  view: ImportView,
  { log, connections }: Pick<Services, 'log' | 'connections'>,
): Promise<Hindrance | null> {
  if (view.status !== 'waiting') return null;
  if (view.log !== log.id) {
    const detail =
      'It was requested in another log, or in an earlier release, so it is not performed by itself. The operators can have it performed.';
    return { reason: view.reason as ImportReason | null, detail, until: null };
  }
  return view.lane === 'salesforce' ? connections.hindranceOf(view.organization_id) : null;
}
