import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import type { Place } from './view-at.ts';

export type Pages = AsyncGenerator<readonly RecordedEvent[], void, void>;

/** The whole log after a position, up to `end`, or until `signal` aborts. @throws {LogUnavailable} */
export async function* pagesOfLog(log: EventLog, after: bigint, end: bigint, signal: AbortSignal): Pages {
  if (after >= end) return;
  // By `follow`, which needs only one subscription, rather than by many reads.
  for await (const page of log.follow(after, signal)) {
    const last = page.at(-1)?.position ?? end;
    if (page.length > 0) yield last > end ? page.filter(({ position }) => position <= end) : page;
    if (last >= end) return;
  }
}

const STREAM_PAGE = 500;

/** One stream from a revision on up to its present end, or until `signal` aborts. @throws {LogUnavailable} */
export async function* pagesOfStream(log: EventLog, stream: string, signal: AbortSignal, fromRevision = 0): Pages {
  let revision = fromRevision;
  while (!signal.aborted) {
    const page = await log.readStream(stream, revision, STREAM_PAGE);
    if (page.length === 0) return;
    yield page;
    revision = (page.at(-1) as RecordedEvent).revision + 1;
  }
}

/** The position after which to begin. A log without dense positions accepts only positions that it gave. */
export function startOf(since: Place | undefined, { hasDensePositions }: EventLog): bigint {
  const isKnown = since !== undefined && 'position' in since && since.position > 0n && hasDensePositions;
  return isKnown ? since.position - 1n : 0n;
}

/** The position at which to end. */
export function endOf(until: Place | undefined, head: bigint): bigint {
  return until !== undefined && 'position' in until && until.position < head ? until.position : head;
}
