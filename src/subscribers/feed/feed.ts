import type { RecordedEvent } from '../../events/event-log.ts';
import type { Published } from '../cloud-event.ts';
import type { Scope } from '../cursor.ts';
import type { Place } from '../place.ts';

/** What a part of the log has for a reader. */
export interface Stretch {
  /**
   * The public events of the reader's scope, in order; with a subject, there may be others among them. Readers that read the same get the
   * same list.
   */
  readonly events: readonly Published[];
  /** The place after the last event that was looked at, of whatever scope or type. */
  readonly to: Place;
  /** There was nothing after it just now. */
  readonly isLevel: boolean;
}

/** How to read on. */
export interface Reading {
  /** Whose events to give: an organization's, or all (null). */
  readonly scope: Scope;
  /** Who reads: readers that are behind take turns by their organizations, and within one by this name. */
  readonly reader: string;
  /** If the reader wants the events of one import, webhook or connection alone, its id: what is past is read from its own stream then. */
  readonly subject?: string | undefined;
  /** How long to wait for the next event of the log if the reader is level; 0: not at all. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** The public events of the log, for all who read on from a place: pages, streams, long polls and webhooks. */
export interface Feed {
  /**
   * A bounded part of the log after a place. If the reader is level, it waits for the next event. One reading of the log serves all that are
   * level; those that are behind read for themselves, in turns.
   * @throws {LogUnavailable}
   */
  read(after: Place, reading: Reading): Promise<Stretch>;

  /** The place after the newest event. @throws {LogUnavailable} */
  end(): Promise<Place>;

  /**
   * Calls the listener with each new event of the log, of whatever type, public or not, from now on: once or, after an outage, more often.
   * Gives the function that ends it.
   */
  watch(listener: (event: RecordedEvent) => void): () => void;
}
