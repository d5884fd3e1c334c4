import type { ImportReason } from '../events/import-events.ts';

/** Trouble of a whole connection, for which it pauses. */
export interface ConnectionTrouble {
  /** When it may be asked again; null: when somebody has mended it. */
  readonly until: Date | null;
}

/** What an attempt ends with if it does not succeed. The message is for people: no credential and no query may be in it. */
export class ImportFailure extends Error {
  readonly code = 'import_failure';
  readonly reason: ImportReason;
  /** Null: it is this import's own trouble. */
  readonly trouble: ConnectionTrouble | null;

  constructor(
    reason: ImportReason,
    message: string,
    { trouble = null, cause }: { readonly trouble?: ConnectionTrouble | null; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'ImportFailure';
    this.reason = reason;
    this.trouble = trouble;
  }
}
