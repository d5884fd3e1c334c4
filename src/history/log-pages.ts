import { LogDamaged } from '../events/errors.ts';
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

/**
 * The same, but it goes on after damage.
 * @param onDamage is called with each damage, and with the last position that cannot be read because of it
 * @throws {LogUnavailable}
 * @throws {LogDamaged} the log cannot be read from the damage on
 */
export async function* soundPagesOfLog(
  log: EventLog,
  after: bigint,
  end: bigint,
  signal: AbortSignal,
  onDamage: (damage: Damage) => void | Promise<void>,
): Pages {
  let last = after;
  while (last < end && !signal.aborted) {
    try {
      for await (const page of pagesOfLog(log, last, end, signal)) {
        yield page;
        last = page.at(-1)?.position ?? last;
      }
      return;
    } catch (error) {
      if (!(error instanceof LogDamaged) || error.position === null || log.soundAfter === undefined) throw error;
      const next = await log.soundAfter(error.position, end);
      const until = (next ?? end + 1n) - 1n;
      await onDamage({ from: error.position, until, error });
      last = until;
    }
  }
}

/** Positions of the log that cannot be read, both included. */
export interface Damage {
  readonly from: bigint;
  readonly until: bigint;
  readonly error: LogDamaged;
}

/**
 * One stream from a revision on up to its present end, or until `signal` aborts.
 * @throws {LogUnavailable}
 * @throws {LogDamaged} once every event before the damage was given
 */
export async function* pagesOfStream(log: EventLog, stream: string, signal: AbortSignal, fromRevision = 0): Pages {
  let revision = fromRevision;
  let limit = STREAM_PAGE;
  while (!signal.aborted) {
    let page: RecordedEvent[];
    try {
      page = await log.readStream(stream, revision, limit);
    } catch (error) {
      if (!(error instanceof LogDamaged) || limit === 1) throw error;
      // One at a time up to the damage.
      limit = 1;
      continue;
    }
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
