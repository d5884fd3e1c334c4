import { decodeOrReason } from '../../events/decode.ts';
import { detailsOf } from '../../events/event-details.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import type { Call, Image, ImportReason, ImportSource } from '../../events/import-events.ts';
import { parseStreamName } from '../../events/streams.ts';
import type { TimelineEntry } from '../../history/timeline.ts';

/** Fields of an import's view that callers know. What the others have, the story tells in words; `--json` has them all. */
const SHOWN = new Set([
  ...['id', 'organization_id', 'image_id', 'import_type', 'album_id', 'params', 'created_at', 'updated_at', 'status'],
]);

/** Whether the story of an event's import makes it needless to say what became of a field. */
export function isTold({ stream }: RecordedEvent, field: string): boolean {
  return parseStreamName(stream)?.category === 'import' && !SHOWN.has(field);
}

/**
 * What an event of an import says about attempts, as lines for a person; not yet printable. None for other events.
 * @param cause the event that caused it: for a result, the claim of its attempt
 */
export function importStory({ event, changes, problem }: TimelineEntry, cause: TimelineEntry | null): string[] {
  const decoded = problem === null ? decodeOrReason(event) : '';
  if (typeof decoded === 'string') return [];
  const lasted = durationBetween(cause, event);
  switch (decoded.type) {
    case 'ImportStarted': {
      const { attempt, worker, deadline } = decoded.data;
      const lost = changes.find(({ field }) => field === 'worker')?.before ?? null;
      return [
        `attempt ${attempt} by worker ${worker}, until ${deadline}`,
        ...(lost === null || lost === 'null' ? [] : [`worker ${JSON.parse(lost)} had it before, and came to no end`]),
      ];
    }
    case 'ImportRetryScheduled': {
      const { attempt, calls, not_before } = decoded.data;
      const next = `it is tried again at ${not_before} or later`;
      const counts = cause !== null && attemptOf(cause.event) === attempt + 1 ? '; the attempt does not count' : '';
      return [`not done${lasted}: ${whyText(decoded.data)}`, ...calls.map(callText), `${next}${counts}`];
    }
    case 'ImportSucceeded': {
      const { image, source, calls } = decoded.data;
      return [...calls.map(callText), `done${lasted}: ${imageText(image)}`, sourceText(source)];
    }
    case 'ImportFailed': {
      const { calls } = decoded.data;
      return [`failed${lasted}: ${whyText(decoded.data)}`, ...calls.map(callText)];
    }
    case 'ImportRetryRequested':
      return decoded.data.reason === null ? [] : [`because: ${decoded.data.reason}`];
    default:
      return [];
  }
}

/** ` after 1.2 s`; nothing if it was no attempt that ended. */
function durationBetween(cause: TimelineEntry | null, event: RecordedEvent): string {
  if (cause?.event.type !== 'ImportStarted') return '';
  const [from, to] = [cause.details.occurredAt, detailsOf(event).occurredAt].map((time) => Date.parse(time ?? ''));
  const seconds = ((to as number) - (from as number)) / 1_000;
  return Number.isNaN(seconds) ? '' : ` after ${seconds < 1 ? seconds : Number(seconds.toFixed(1))} s`;
}

function attemptOf(event: RecordedEvent): number | null {
  const decoded = decodeOrReason(event);
  return typeof decoded !== 'string' && decoded.type === 'ImportStarted' ? decoded.data.attempt : null;
}

function whyText({ reason, detail }: { readonly reason: ImportReason; readonly detail: string | null }): string {
  return detail === null ? reason : `${reason} (${detail})`;
}

/** `asked GET https://example.com/1.jpg: 200 after 120 ms, at 2026-…` */
function callText({ request, status, error, at, ms }: Call): string {
  const answer = [status === null ? 'no answer' : String(status), ...(error === null ? [] : [`(${error})`])].join(' ');
  return `asked ${request}: ${answer} after ${ms} ms, at ${at}`;
}

function imageText({ id, bytes, content_type, width, height, sha256 }: Image): string {
  return `image ${id}, ${bytes} bytes of ${content_type}, ${width} × ${height}, sha256 ${sha256}`;
}

function sourceText(source: ImportSource): string {
  switch (source.kind) {
    case 'url':
      return `from ${source.host}${source.path}`;
    case 'worker':
      return source.external_id === null
        ? 'brought by a worker'
        : `brought by a worker, who calls it ${source.external_id}`;
    case 'salesforce': {
      const { record, record_id, version_number, host, user_id, organization_id } = source;
      const version = version_number === null ? '' : `, version ${version_number}`;
      return `from ${record} ${record_id}${version} at ${host}, read by ${user_id} of ${organization_id}`;
    }
  }
}
