/** Errors of the log. Each has a stable `code`. */

/** The stream is not at the revision that the appender expected: somebody else was first. Nothing was written. */
export class WrongExpectedRevision extends Error {
  readonly code = 'wrong_expected_revision';
  readonly stream: string;
  /** The stream's last revision; null if there is no such stream. */
  readonly actual: number | null;

  constructor(stream: string, expected: number | string, actual: number | null) {
    super(`Stream ${stream} is at revision ${actual ?? 'none'}, not ${expected}: read it again and decide again.`);
    this.name = 'WrongExpectedRevision';
    this.stream = stream;
    this.actual = actual;
  }
}

/** The log could not be reached or written. For an append the outcome is unknown, never "not written". */
export class LogUnavailable extends Error {
  readonly code = 'log_unavailable';

  constructor(reason: string, cause?: unknown) {
    super(`The event log is unavailable: ${reason}`, { cause });
    this.name = 'LogUnavailable';
  }
}

/** There is no log, and a command that only reads makes none. */
export class NoLog extends LogUnavailable {
  /** @param setting the setting that may name the wrong place */
  constructor(reason: string, setting: string) {
    super(`${reason}. Is ${setting} right? The first start of the service makes it.`);
    this.name = 'NoLog';
  }
}

/** The log is being made of events that were there already, as of a backup, and must not be used before it has all of them. */
export class LogUnfinished extends LogUnavailable {
  /** Its id. */
  readonly log: string;

  constructor(log: string) {
    super(`the log ${log} is not whole: \`imports restore\` makes it, or was ended before it was done. Run that again`);
    this.name = 'LogUnfinished';
    this.log = log;
  }
}

/** The events are too large for one append. Nothing was written, and another try does not help. */
export class AppendTooLarge extends Error {
  readonly code = 'append_too_large';
  readonly limitBytes: number;

  constructor(limitBytes: number, cause?: unknown) {
    super(`The event log takes at most ${limitBytes} bytes in one append.`, { cause });
    this.name = 'AppendTooLarge';
    this.limitBytes = limitBytes;
  }
}

/** The log's file is damaged or has lost events. The service must not start on it. */
export class LogDamaged extends Error {
  readonly code = 'log_damaged';
  /** The first position of the log that cannot be read; null: it is not known, or it is more than one event. */
  readonly position: bigint | null;

  constructor(reason: string, cause?: unknown, position: bigint | null = null) {
    super(reason, { cause });
    this.name = 'LogDamaged';
    this.position = position;
  }
}

/** Somebody has deleted the stream for good, with the tools of EventStoreDB: nothing can be read from it or appended to it ever again. */
export class StreamDeleted extends LogDamaged {
  constructor(stream: string, cause?: unknown) {
    super(`Stream ${stream} was deleted in EventStoreDB: it can be neither read nor appended to.`, cause);
    this.name = 'StreamDeleted';
  }
}

/** An event that this version cannot read: unknown type, unknown schema version, or data of another shape. */
export class UndecodableEvent extends Error {
  readonly code = 'undecodable_event';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'UndecodableEvent';
  }
}
