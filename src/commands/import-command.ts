import type { Call, Image, ImportReason, ImportSource, Params } from '../events/import-events.ts';

/** Requests the import of an image. The parameters are recorded as sent: a wrong id fails the import later, not the request. */
export interface CreateImport {
  readonly type: 'CreateImport';
  readonly organization_id: string;
  readonly import_type: string | null;
  readonly album_id: string | null;
  /** The parameters to record: without credentials, with `controller` and `action`. */
  readonly params: Params;
  /** Where credentials were taken out, such as `headers[Authorization]`. */
  readonly redacted: readonly string[];
}

/** Imports are performed if they were asked for in this log, after this position. */
export interface Performed {
  readonly log: string;
  readonly after: bigint;
}

/** Times are in milliseconds since 1970. A claim is named by its revision. */
export type ImportCommand =
  | CreateImport
  /** Claims the import. `lostClaim`: the claim that the worker takes for lost, if somebody has the import. */
  | {
      readonly type: 'StartImport';
      readonly worker: string;
      readonly nowMs: number;
      readonly deadlineMs: number;
      readonly lostClaim: number | null;
      readonly performed: Performed;
    }
  | ({ readonly type: 'CompleteImport'; readonly claim: number } & Brought)
  /** `retryAfterMs`: it is not tried again sooner, if it is tried again. */
  | ({
      readonly type: 'FailAttempt';
      readonly claim: number;
      readonly nowMs: number;
      readonly random: number;
      readonly retryAfterMs?: number;
    } & Why)
  /** The worker ends before it is done. */
  | { readonly type: 'GiveBack'; readonly claim: number; readonly nowMs: number; readonly calls: readonly Call[] }
  /** Fails an import that has waited for too long, for what it waits for. It waits on if it is not performed here. */
  | ({ readonly type: 'ExpireImport'; readonly nowMs: number; readonly performed: Performed } & Omit<Why, 'calls'>)
  | { readonly type: 'CancelImport' }
  /**
   * `adoptedBy`: an import that waits, but is not performed by itself, is performed from now on, too; so is one that runs, as the events
   * say that were loaded or copied: nobody here works on it.
   */
  | { readonly type: 'RetryImport'; readonly reason: string | null; readonly adoptedBy: Performed | null };

interface Brought {
  readonly image: Image;
  readonly source: ImportSource;
  readonly calls: readonly Call[];
}

interface Why {
  readonly reason: ImportReason;
  readonly detail: string | null;
  readonly calls: readonly Call[];
}
