/**
 * The event log: the port. It is append-only and it is the truth; everything else can be rebuilt from it.
 * Its adapters are in `embedded/` and `eventstore/`. Each must pass `test/contracts/event-log.ts`.
 */

/** An event before its append. Its id (a UUID) is chosen before the first try, so that a retry is the same append. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  /** Facts, as compact JSON text: text, so that no store rounds a number or reorders a key. */
  readonly data: string;
  /** Who, when and why, as compact JSON text. */
  readonly metadata: string;
}

/** An event as the log holds it. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  /**
   * The event's number within its stream, from 0. In EventStoreDB a stream lacks numbers where another application wrote to it: what
   * `readStream` gives is all there is, with nothing of the log between two of its events.
   */
  readonly revision: number;
  /** The event's place in the whole log, from 1; dense and in commit order in the embedded log. */
  readonly position: bigint;
}

/** What the caller expects of the stream: the revision of its last event, that it has none yet, or nothing. */
export type ExpectedRevision = number | 'no_stream' | 'any';

/** The place of an append's last event. */
export interface Appended {
  readonly revision: number;
  readonly position: bigint;
}

export interface EventLog {
  /**
   * Appends `events` (one or more) to `stream`, all or none. Resolves once they are durable.
   * Idempotent by event id: if the stream already holds these ids, nothing is written and the first outcome is returned again.
   * @throws {WrongExpectedRevision} the stream is not at the expected revision; nothing was written.
   * @throws {LogUnavailable} the outcome is unknown: the same append (same ids) may be tried again.
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>;

  /** The stream's events from a revision on, in order; empty if there is no such stream. */
  readStream(stream: string, fromRevision?: number, limit?: number): Promise<RecordedEvent[]>;

  /**
   * Up to `limit` events after `position` (exclusive; 0n is the beginning), in commit order, across all streams.
   * @param enoughCharacters if it is given, fewer events are read once they have about so much text: one may have over a million characters
   */
  readAll(after: bigint, limit: number, enoughCharacters?: number): Promise<RecordedEvent[]>;

  /** The position of the newest event; 0n for an empty log. */
  head(): Promise<bigint>;

  /** The newest event; null for an empty log. `head` costs less. */
  newest(): Promise<RecordedEvent | null>;

  /** The event at a position; null if there is none: the position is of another log, or of a past that this log no longer has. */
  eventAt(position: bigint): Promise<RecordedEvent | null>;

  /**
   * Follows the log after a position until `signal` aborts. It yields every event, in order, in non-empty pages. An empty page means
   * "level with the log just now"; it comes as soon as it is level and then at least every second, so a consumer can tell silence from death.
   * @throws {LogUnavailable} when the log cannot be read; the consumer starts again after the last position it handled.
   * @throws {LogDamaged} once every event before the damage was given; `soundAfter` says where to go on
   */
  follow(after: bigint, signal: AbortSignal): AsyncIterable<readonly RecordedEvent[]>;

  /**
   * The position of the first event after a damaged position, up to `end`, that can be read; null if there is none. Missing: a store of
   * several servers mends itself, and there is nothing to pass over.
   * @throws {LogUnavailable}
   */
  soundAfter?(position: bigint, end: bigint): Promise<bigint | null>;

  /**
   * Does what an append does, down to the disk or the server, but records nothing. It resolves if an append would have worked.
   * @throws {LogUnavailable | LogDamaged}
   */
  probe(): Promise<void>;

  /** Names this log for ever: a UUID made with it. A checkpoint is valid only for this log. */
  readonly id: string;

  /**
   * Names the restore that made this log, where its place says nothing of that: a server of EventStoreDB has the hosts that the lost one had.
   * Null or absent: none did, or the place says it.
   */
  readonly restoration?: string | null;

  /** Whether the difference of two positions is a number of events, and no stream lacks a revision. */
  readonly hasDensePositions: boolean;

  /** Finishes running calls and closes every file and connection. */
  close(): Promise<void>;
}
