/** Why an aggregate refuses a command; the code is stable, the message says what to do. */
export type RefusalCode =
  | 'request_differs'
  | 'import_unknown'
  | 'import_claimed'
  | 'import_ended'
  | 'import_not_due'
  | 'import_not_performed'
  | 'import_changed'
  | 'user_differs'
  | 'user_unknown'
  | 'secret_unknown'
  | 'secret_exists'
  | 'replay_ended'
  | 'replay_unknown'
  | 'connection_unknown'
  | 'webhook_unknown'
  | 'webhook_exists'
  | 'webhook_disabled';

/** A command that the aggregate's state does not allow. Nothing was written. */
export class CommandRefused extends Error {
  readonly code: RefusalCode;
  /** Of an import: its status. */
  readonly importStatus: string | null;

  constructor(code: RefusalCode, message: string, importStatus: string | null = null) {
    super(message);
    this.name = 'CommandRefused';
    this.code = code;
    this.importStatus = importStatus;
  }
}
