import { reasonOf } from '../errors/reason-of.ts';
import { decodeOrReason, isKnownType } from '../events/decode.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import type { DomainEvent } from '../events/event-types.ts';
import type { Projectable } from './decode-or-quarantine.ts';
import { evolveView, type ViewOfStream, viewNamed } from './fold.ts';
import type { Stored } from './queries.ts';
import type { ViewKind } from './views.ts';

/** Why an event was not folded. */
export interface NotFolded {
  /**
   * `unknown`: this release does not know the type; it changes nothing, and its revision counts as seen. `undecodable`: this release knows
   * the type, but cannot read the event. `waiting`: an event before it in its stream was not folded. `unfit`: it contradicts the view.
   * `cut`: others have deleted the beginning of its stream, so there is no view that it could change.
   */
  readonly what: 'unknown' | 'undecodable' | 'waiting' | 'unfit' | 'cut';
  readonly reason: string;
}

/** An event of a stream, folded or not. */
export interface FoldedEvent<E extends Foldable = Foldable> {
  readonly event: E;
  /** The stream's view after the last folded event. Null: there is none. */
  readonly stored: Stored | null;
  /** Null: it was folded, or its stream has no view. */
  readonly notFolded: NotFolded | null;
}

export type Foldable = RecordedEvent | Projectable;

/** Why an event is not folded before the one with this revision is. */
export function waitingFor(revision: number): NotFolded {
  return { what: 'waiting', reason: `it waits for revision ${revision} of its stream` };
}

const CUT: NotFolded = { what: 'cut', reason: 'its stream lacks its beginning, which others have deleted' };

/** Whether the revision of the event does not count as seen: the view lacks the event. */
export function isUnseen(notFolded: NotFolded | null): notFolded is NotFolded {
  return notFolded !== null && notFolded.what !== 'unknown' && notFolded.what !== 'cut';
}

/**
 * Folds a stream event by event: each is decoded and evolves the view. After an event that cannot be folded, no other is folded. Nothing
 * else folds streams.
 * @param view null: the stream has no view, and the events are only decoded
 * @param events of one stream, in order, none left out: revisions that are missing are of another application, as `readStream` shows
 * @param before the view that they are folded over, which has all that comes before them; null: there is nothing before them
 * @param waitsFor the revision of the event before them that could not be folded; null: there is none
 */
export function foldStream<E extends Foldable>(
  view: ViewOfStream | null,
  events: readonly E[],
  before: Stored | null = null,
  waitsFor: number | null = null,
): FoldedEvent<E>[] {
  let stored = before;
  /** The revision of the first event that could not be folded. */
  let stuckAt = waitsFor;
  return events.map((event) => {
    const decoded = decodedOf(event);
    const isUnknown = !isKnownType(event.type);
    if (typeof decoded === 'string' && !isUnknown) {
      stuckAt ??= event.revision;
      return { event, stored, notFolded: { what: 'undecodable', reason: decoded } };
    }
    if (view !== null && stuckAt !== null) return { event, stored, notFolded: waitingFor(stuckAt) };
    if (typeof decoded === 'string') {
      if (stored !== null) stored = { ...stored, revision: event.revision };
      return { event, stored, notFolded: { what: 'unknown', reason: decoded } };
    }
    if (view === null) return { event, stored, notFolded: null };
    try {
      stored = evolveView(view, stored, decoded);
      return { event, stored, notFolded: null };
    } catch (error) {
      if (stored === null && event.revision > 0) return { event, stored, notFolded: CUT };
      stuckAt = event.revision;
      return { event, stored, notFolded: { what: 'unfit', reason: reasonOf(error) } };
    }
  });
}

/**
 * The view of a stream's events; null if there are none.
 * @param events from the stream's first on, or those that follow `before`
 * @throws if one of them cannot be folded
 */
export function fold<K extends ViewKind>(
  kind: K,
  id: string,
  events: readonly Foldable[],
  before: Stored<K> | null = null,
): Stored<K> | null {
  const view = viewNamed(kind, id);
  const folded = foldStream(view, events, before);
  for (const { event, notFolded } of folded) {
    if (isUnseen(notFolded))
      throw new Error(`Revision ${event.revision} of ${view.stream} is not folded: ${notFolded.reason}`);
  }
  return (folded.at(-1)?.stored ?? before) as Stored<K> | null;
}

/** The event, or why this version cannot read it. */
function decodedOf(event: Foldable): DomainEvent | string {
  if ('reason' in event) return event.reason;
  return isRecorded(event) ? decodeOrReason(event) : event;
}

/** A recorded event's data is text. */
function isRecorded(event: RecordedEvent | DomainEvent): event is RecordedEvent {
  return typeof event.data === 'string';
}
