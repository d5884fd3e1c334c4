/**
 * A record of the log with its place, which is the byte offset of its beginning. So places have gaps. A record ends where the next one
 * begins.
 */
export interface LogRecord {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  /** The offset after the record, where the next one will begin. */
  readonly end: bigint;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly isJson: boolean;
  /** When it was written, in ticks of 100 ns since 1970. */
  readonly created: bigint;
}

/** An event as a client proposes it. */
export type ProposedEvent = Pick<LogRecord, 'id' | 'type' | 'data' | 'metadata' | 'isJson'>;

/** What the server calls a TFPos. An event of today's servers has commit = prepare; a page's next position has prepare = 0. */
export interface Position {
  readonly commit: bigint;
  readonly prepare: bigint;
}

/** The revision of a tombstone: the stream is deleted for good. */
export const DELETED = 0x7fffffffffffffffn;

export function positionOf({ position }: LogRecord): Position {
  return { commit: position, prepare: position };
}

/** Less than 0, 0 or more than 0 if `a` is before, at or after `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare !== b.prepare) return a.prepare < b.prepare ? -1 : 1;
  return 0;
}
