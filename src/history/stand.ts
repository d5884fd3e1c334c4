import type { RecordedEvent } from '../events/event-log.ts';
import { type TimelineEntry, timelineOf } from './timeline.ts';
import { eventsUpTo, type Point } from './view-at.ts';

/** How an aggregate stood at a point. */
export interface Stand {
  /** How many of its events had happened. */
  readonly events: number;
  /** The last of them that could be folded, with the view after it. */
  readonly folded: TimelineEntry | null;
  /** Of the first of them that could not be folded. */
  readonly problem: string | null;
}

/**
 * @param events of the stream, from its first on
 * @param point undefined is now
 */
export function standAt(events: readonly RecordedEvent[], point: Point | undefined): Stand {
  const timeline = timelineOf(point === undefined ? events : eventsUpTo(events, point));
  const folded = timeline.findLast(({ problem }) => problem === null) ?? null;
  const failed = timeline.find(({ problem }) => problem !== null);
  const problem = failed === undefined ? null : `Revision ${failed.event.revision} is not in it: ${failed.problem}`;
  return { events: timeline.length, folded, problem };
}
