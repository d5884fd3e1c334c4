import type { NewEvent, RecordedEvent } from './event-log.ts';

/**
 * A log that is made of events that are there already, as of a backup: the port. Until it is finished, no service can work on it. If its
 * process ends before, another try goes on with it.
 */
export interface LogInMaking {
  readonly id: string;

  /** As that of the finished log. */
  readonly restoration?: string | null;

  /**
   * Takes the events that come next, in their order and to the byte. An embedded log gives them the positions 1, 2, 3, …; EventStoreDB gives
   * its own. Those that an earlier try has taken are passed over.
   * @returns those that it cannot take, since their streams lack an event before them: no log has streams with a hole
   * @throws {UnlikeEvents} it has others
   * @throws {LogUnavailable}
   */
  take(events: readonly RecordedEvent[]): Promise<RecordedEvent[]>;

  /** Appends one more event, at the end of its stream, and puts the log in its place. @throws {LogUnavailable | LogThere} */
  finish(stream: string, event: NewEvent): Promise<void>;

  /** Lets go of it. */
  close(): Promise<void>;
}

/** There is a log where one should be made. It is never written over. */
export class LogThere extends Error {
  readonly code = 'log_there';

  constructor(reason: string) {
    super(reason);
    this.name = 'LogThere';
  }
}

/** The log cannot have the events as they are. */
export class UnlikeEvents extends Error {
  readonly code = 'unlike_events';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'UnlikeEvents';
  }
}
