import { decodeOrReason } from '../events/decode.ts';
import { detailsOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { parseStreamName } from '../events/streams.ts';
import type { SeenClaim } from './claim-clock.ts';

/** What an event of the log means for a worker. */
export type Meaning =
  /** An import may be tried from a time on, in milliseconds since 1970; null: now. */
  | {
      readonly kind: 'waits';
      readonly importId: string;
      readonly organizationId: string;
      readonly fromMs: number | null;
    }
  | ({ readonly kind: 'claimed' } & SeenClaim)
  | { readonly kind: 'ended'; readonly importId: string; readonly organizationId: string };

/** Null: nothing. It costs little for most events: there may be hundreds a second. */
export function meaningOf(event: RecordedEvent): Meaning | null {
  const name = parseStreamName(event.stream);
  if (name?.category !== 'import') return null;
  const importId = name.id;
  switch (event.type) {
    case 'ImportRequested':
    case 'ImportRetryRequested':
      // Its parameters may be long: they are not decoded here.
      return waits(importId, organizationIn(event), null);
    case 'ImportSucceeded':
    case 'ImportFailed':
    case 'ImportCancelled': {
      const organizationId = organizationIn(event);
      return organizationId === null ? null : { kind: 'ended', importId, organizationId };
    }
    case 'ImportStarted':
    case 'ImportRetryScheduled': {
      const decoded = decodeOrReason(event);
      if (typeof decoded === 'string') return null;
      const { organization_id = null, occurred_at } = decoded.metadata;
      if (decoded.type === 'ImportRetryScheduled') {
        return waits(importId, organization_id, Date.parse(decoded.data.not_before));
      }
      if (decoded.type !== 'ImportStarted' || organization_id === null) return null;
      const { worker, deadline } = decoded.data;
      const times = { startedMs: Date.parse(occurred_at), deadlineMs: Date.parse(deadline) };
      return { kind: 'claimed', importId, organizationId: organization_id, revision: event.revision, worker, ...times };
    }
    default:
      return null;
  }
}

function waits(importId: string, organizationId: string | null, fromMs: number | null): Meaning | null {
  return organizationId === null ? null : { kind: 'waits', importId, organizationId, fromMs };
}

function organizationIn(event: RecordedEvent): string | null {
  return detailsOf(event).organizationId;
}
