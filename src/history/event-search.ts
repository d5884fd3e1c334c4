import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { type EventSelection, isSelected } from './event-selection.ts';
import { endOf, type Pages, pagesOfLog, pagesOfStream, startOf } from './log-pages.ts';

/** How far a search has come: up to this position of the log, or, in one stream, up to this revision. */
export type SearchedTo = { readonly position: bigint } | { readonly revision: number };

/** A page of found events, in the order of the log. */
export interface FoundEvents {
  readonly events: readonly RecordedEvent[];
  /** From where to continue; null if the search has reached the end. */
  readonly next: SearchedTo | null;
}

/** How much one call reads, and how much it returns: an event may have over a million characters. */
export interface SearchBounds {
  readonly events: number;
  readonly characters: number;
  readonly foundCharacters: number;
}

const BOUNDS: SearchBounds = { events: 10_000, characters: 50_000_000, foundCharacters: 2_000_000 };

/**
 * Searches the log for the first selected events after a place, as many as the limit and the bounds allow. A page may have no event,
 * and the next one more.
 * @param after null: from the beginning
 * @throws {LogUnavailable}
 */
export async function searchEvents(
  log: EventLog,
  selection: EventSelection,
  after: SearchedTo | null,
  limit: number,
  bounds: SearchBounds = BOUNDS,
): Promise<FoundEvents> {
  const events: RecordedEvent[] = [];
  const looked = { events: 0, characters: 0 };
  let foundCharacters = 0;
  let next: SearchedTo | null = null;
  for await (const page of await pagesAfter(log, selection, after)) {
    for (const event of page) {
      const characters = event.data.length + event.metadata.length;
      const isDone =
        events.length === limit || looked.events === bounds.events || looked.characters >= bounds.characters;
      if (isDone) return { events, next };
      if (isSelected(event, selection)) {
        if (events.length > 0 && foundCharacters + characters > bounds.foundCharacters) return { events, next };
        events.push(event);
        foundCharacters += characters;
      }
      looked.events += 1;
      looked.characters += characters;
      next = selection.stream === undefined ? { position: event.position } : { revision: event.revision };
    }
  }
  return { events, next: null };
}

async function pagesAfter(
  log: EventLog,
  { stream, since, until }: EventSelection,
  after: SearchedTo | null,
): Promise<Pages> {
  const { signal } = new AbortController();
  if (stream !== undefined) {
    return pagesOfStream(log, stream, signal, after !== null && 'revision' in after ? after.revision + 1 : 0);
  }
  const start = after !== null && 'position' in after ? after.position : startOf(since, log);
  return pagesOfLog(log, start, endOf(until, await log.head()), signal);
}
