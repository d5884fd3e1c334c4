import type { EventData } from '../../events/event-types.ts';
import { IMPORT_LIFETIME_MS } from '../../events/import-events.ts';
import type { EventMetadata } from '../../events/metadata.ts';
import { declareView, json, oneOf, oneOfOrNull, text, textOrNull, type ViewOf } from './declare-view.ts';
import { sourceOf } from './import-source.ts';
import { recordNamed } from './salesforce-record.ts';

/**
 * The lanes in which imports wait for workers: `none` if the request names no source, or an id that nothing at Salesforce can
 * have, so that nobody need be asked; `sealed` if its credentials were taken out and are kept sealed; else where the image comes from.
 */
export const WAITING_LANES = ['none', 'url', 'salesforce', 'sealed'] as const;

export type WaitingLane = (typeof WAITING_LANES)[number];
export type Lane = WaitingLane | 'running';

/**
 * An import. The first eight fields are what callers see of it; the others say what became of it. Times are UTC, ISO 8601 with milliseconds:
 * they sort as text.
 */
export const importView = declareView({
  version: 9,
  name: 'imports',
  category: 'import',
  fields: {
    id: text,
    organization_id: text,
    image_id: textOrNull,
    import_type: textOrNull,
    album_id: textOrNull,
    params: json,
    created_at: text,
    updated_at: text,
    status: oneOf('waiting', 'running', 'succeeded', 'failed', 'cancelled'),
    /** A number. An attempt that ended for a reason of the whole connection does not count. */
    attempts: json,
    /** Why the last attempt did not succeed; null after a new one has begun. */
    reason: textOrNull,
    detail: textOrNull,
    /** Where it waits, if it waits. */
    source: oneOf(...WAITING_LANES),
    /** Its source while it waits; `running` while a worker has it; null after it has ended. */
    lane: oneOfOrNull(...WAITING_LANES, 'running'),
    /** The log in which it was asked for, or asked to be tried again; null: a release before 0.3 recorded that. */
    log: textOrNull,
    /** While it waits: when it may be tried. While it runs: its deadline. Null after it has ended. */
    due_at: textOrNull,
    /** It fails if it still waits then; null after it has ended. */
    expires_at: textOrNull,
    /** When the last attempt began. */
    started_at: textOrNull,
    ended_at: textOrNull,
    /** Who has it, and the id of the event by which they claimed it; null if nobody has. */
    worker: textOrNull,
    claim: textOrNull,
    /** The image and its source, as `ImportSucceeded` has them. */
    image: { isNullable: true, isJson: true },
  },
  list: {
    filters: ['album_id', 'import_type', 'status', 'reason', 'image_id'],
    indexes: {
      by_time: [],
      by_album: ['album_id'],
      by_type: ['import_type'],
      by_album_and_type: ['album_id', 'import_type'],
      by_status: ['status'],
      by_album_and_status: ['album_id', 'status'],
      by_reason: ['reason'],
      by_album_and_reason: ['album_id', 'reason'],
      by_image: ['image_id'],
    },
    sizedBy: 'params',
  },
  queue: {
    /** Within a lane of a log, first those of one organization that are due first, and then all that expire first. */
    indexes: {
      by_due: ['log', 'lane', 'organization_id', 'due_at', 'id'],
      by_expiry: ['log', 'lane', 'expires_at', 'id'],
    },
  },
  evolve(view, event, id) {
    const { occurred_at } = event.metadata;
    // Also over a view: others may have deleted the stream, and the same request has begun it again.
    if (event.type === 'ImportRequested') {
      const { organization_id, import_type, album_id, params } = event.data;
      const source = laneOf(event.data);
      return {
        id,
        organization_id,
        image_id: null,
        import_type,
        album_id,
        params: JSON.stringify(params),
        created_at: occurred_at,
        updated_at: occurred_at,
        status: 'waiting',
        attempts: '0',
        reason: null,
        detail: null,
        source,
        ...askedFor(event.metadata, source),
        started_at: null,
        ended_at: null,
        ...FREE,
        image: null,
      };
    }
    if (view === null) throw new Error(`${event.type} does not belong here`);
    switch (event.type) {
      case 'ImportStarted': {
        const { attempt, worker, deadline } = event.data;
        return {
          ...view,
          status: 'running',
          attempts: String(attempt),
          reason: null,
          detail: null,
          lane: 'running',
          due_at: deadline,
          started_at: occurred_at,
          worker,
          claim: event.id,
        };
      }
      case 'ImportRetryScheduled': {
        const { attempt, reason, detail, not_before } = event.data;
        return {
          ...view,
          ...FREE,
          status: 'waiting',
          attempts: String(attempt),
          reason,
          detail,
          lane: view.source,
          due_at: not_before,
        };
      }
      case 'ImportSucceeded': {
        const { image, source } = event.data;
        return {
          ...view,
          ...ENDED,
          image_id: image.id,
          updated_at: occurred_at,
          status: 'succeeded',
          reason: null,
          detail: null,
          ended_at: occurred_at,
          image: JSON.stringify({ image, source } satisfies ImportedImage),
        };
      }
      case 'ImportFailed': {
        const { attempt, reason, detail } = event.data;
        const attempts = String(attempt);
        return { ...view, ...ENDED, status: 'failed', attempts, reason, detail, ended_at: occurred_at };
      }
      case 'ImportCancelled':
        return { ...view, ...ENDED, status: 'cancelled', reason: null, detail: null, ended_at: occurred_at };
      case 'ImportRetryRequested':
        return {
          ...view,
          ...FREE,
          ...askedFor(event.metadata, view.source),
          status: 'waiting',
          reason: null,
          detail: null,
          ended_at: null,
        };
      default:
        throw new Error(`${event.type} does not belong here`);
    }
  },
});

/** Nobody has it. */
const FREE = { worker: null, claim: null } as const;

const ENDED = { ...FREE, lane: null, due_at: null, expires_at: null } as const;

function askedFor({ occurred_at, log }: EventMetadata, lane: WaitingLane) {
  const expires_at = new Date(Date.parse(occurred_at) + IMPORT_LIFETIME_MS).toISOString();
  return { lane, log: log ?? null, due_at: occurred_at, expires_at };
}

/** When an import was asked for, or asked to be tried again, in milliseconds since 1970; null: it has ended. */
export function askedAt({ expires_at }: Pick<ImportView, 'expires_at'>): number | null {
  return expires_at === null ? null : Date.parse(expires_at) - IMPORT_LIFETIME_MS;
}

/** The lane in which an import waits. */
export function laneOf({ params, redacted = [] }: EventData['ImportRequested']): WaitingLane {
  const source = sourceOf(params);
  switch (source?.kind) {
    case 'url':
      return redacted.some(isOfRequest) ? 'sealed' : 'url';
    case 'salesforce':
      return typeof recordNamed(source.parameter, source.id) === 'string' ? 'none' : 'salesforce';
    case undefined:
      return 'none';
  }
}

/** Places whose credentials a fetch needs. */
export function isOfRequest(place: string): boolean {
  return place === 'url' || place.startsWith('headers[');
}

/** What `image` holds, as JSON. */
export type ImportedImage = Pick<EventData['ImportSucceeded'], 'image' | 'source'>;

export type ImportView = ViewOf<typeof importView.fields>;
