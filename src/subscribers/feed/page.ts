import type { EventLog } from '../../events/event-log.ts';
import type { Published } from '../cloud-event.ts';
import { type Place, placeAfter } from '../place.ts';
import type { Feed, Reading } from './feed.ts';
import { isSelected, type Selection } from './selection.ts';

/** How much of the log one page looks at, in stretches of some hundred events. */
const MOST_STRETCHES = 20;

/** While it waits, it is interrupted this often for what is to be done between. */
const LOOK_MS = 300;

/** A page ends once it has so much text: an event may have over a million characters. */
const ENOUGH_CHARACTERS = 1_000_000;

export interface Page {
  readonly events: readonly Published[];
  /** Where to go on. */
  readonly to: Place;
}

export interface PageQuery {
  readonly after: Place;
  readonly selection: Selection;
  readonly limit: number;
  /** How long to wait for the first event if the reader is level; 0: not at all. */
  readonly waitMs: number;
}

/**
 * The next selected events. It looks at a bounded part of the log: it may find none although there are more. If there are no more, `to` is
 * where it began, so that a reader can see it; on a busy service, events of others would move it all the time.
 * @param betweenStretches is awaited between two parts, and while it waits: other work comes in between, and what it throws ends the page
 * @throws {LogUnavailable}
 */
export async function nextPage(
  feed: Feed,
  log: EventLog,
  { after, selection, limit, waitMs }: PageQuery,
  reading: Omit<Reading, 'waitMs'>,
  betweenStretches: () => Promise<void>,
): Promise<Page> {
  const deadlineMs = performance.now() + waitMs;
  const found: Published[] = [];
  let [to, characters, stretches] = [after, 0, 0];
  while (stretches < MOST_STRETCHES && !reading.signal.aborted) {
    const leftMs = Math.max(0, deadlineMs - performance.now());
    const stretch = await feed.read(to, { ...reading, waitMs: found.length === 0 ? Math.min(leftMs, LOOK_MS) : 0 });
    for (const event of stretch.events) {
      if (!isSelected(event, selection)) continue;
      found.push(event);
      characters += event.event.data.length;
      if (found.length === limit || characters >= ENOUGH_CHARACTERS)
        return { events: found, to: placeAfter(log, event.event) };
    }
    const hasMoved = stretch.to.position > to.position;
    to = stretch.to;
    // While it waits, every event of the log wakes it; that is no looking.
    if (!stretch.isLevel) stretches += 1;
    const isOver = found.length > 0 || leftMs === 0;
    if (stretch.isLevel && (isOver || (!hasMoved && performance.now() >= deadlineMs))) break;
    await betweenStretches();
  }
  // A look that was long is not repeated, though.
  return { events: found, to: found.length === 0 && stretches === 0 ? after : to };
}
