import { type Clock, timeText } from '../../time/clock.ts';
import type { Attempt, Progress } from './delivery-store.ts';
import type { NextTry } from './endpoint-queue.ts';
import { afterFailure, isHopeless, pauseBeforeNextTry } from './schedule.ts';
import type { Sent } from './sender.ts';

/** Why an endpoint is disabled by the service itself. */
export type EndReason = 'gone' | 'failing' | 'rights_ended';

/** What is on record of an endpoint whose receiver answered 410. */
export const GONE = { reason: 'gone', detail: 'The receiver answered 410.' } as const;

/** What follows from an attempt. */
export interface Outcome {
  readonly status: 'delivered' | 'waiting' | 'given_up';
  /** When it is tried again; null unless it waits. */
  readonly next: NextTry | null;
  /** What changes in the endpoint's progress. */
  readonly progress: Pick<Progress, 'failures' | 'failingSince' | 'lastTriedAt'>;
  /** Why the endpoint is disabled; null: it is not. */
  readonly ends: { readonly reason: EndReason; readonly detail: string } | null;
}

/** A delivery, this try included. */
interface Tried {
  readonly tries: number;
  readonly firstTriedAtMs: number;
}

/**
 * What follows from an attempt.
 * @param progress the endpoint's, before it
 * @param random from 0 to 1
 */
export function outcomeOf(
  { attempt, outcome, retryAfterMs }: Sent,
  { tries, firstTriedAtMs }: Tried,
  progress: Progress,
  clock: Pick<Clock, 'now' | 'elapsed'>,
  random: number,
): Outcome {
  const nowMs = clock.now();
  const lastTriedAt = timeText(nowMs);
  if (outcome === 'acknowledged') {
    return { status: 'delivered', next: null, progress: { failures: 0, failingSince: null, lastTriedAt }, ends: null };
  }
  const pauseMs = pauseBeforeNextTry({ tries, firstTriedAtMs, nowMs, retryAfterMs, random });
  const next = pauseMs === null ? null : { dueAtMs: clock.elapsed() + pauseMs, isAskedFor: retryAfterMs !== null };
  const { failures, sinceMs, ...before } = afterFailure(
    {
      failures: progress.failures,
      sinceMs: msOf(progress.failingSince),
      lastTriedAtMs: msOf(progress.lastTriedAt),
    },
    nowMs,
  );
  const failing = { failures, sinceMs, ...before };
  return {
    status: next === null ? 'given_up' : 'waiting',
    next,
    progress: { failures, failingSince: timeText(sinceMs ?? nowMs), lastTriedAt },
    ends:
      outcome === 'gone'
        ? GONE
        : isHopeless(failing, nowMs)
          ? { reason: 'failing', detail: hopeless(sinceMs ?? nowMs, attempt) }
          : null,
  };
}

function hopeless(sinceMs: number, { status, failure }: Attempt): string {
  return `Nothing but failures since ${timeText(sinceMs)}; the last one: ${failure ?? `the answer was ${status}`}.`;
}

function msOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}
