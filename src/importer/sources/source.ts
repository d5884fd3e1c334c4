import type { Call, ImportSource, Params } from '../../events/import-events.ts';
import type { Taken } from '../../redaction/redact.ts';

/** What to fetch. */
export interface Wanted {
  readonly importId: string;
  readonly organizationId: string;
  /** As they were recorded. */
  readonly params: Params;
  /** The credentials that were taken out of the parameters, with their places. */
  readonly credentials: readonly Taken[];
}

/** Where the bytes go. */
export interface Sink {
  /** Resolves when more may come. @throws {ImportFailure} there are too many, or they cannot be kept */
  write(chunk: Uint8Array): Promise<void>;
}

/** Who is told how it goes on. */
export interface Progress {
  /** How many bytes are to come, as the source says; null: it does not say. */
  expect(bytes: number | null): void;
  /** Something was asked of the source. */
  called(call: Call): void;
}

/** What was fetched. What the source says of the bytes is compared with them later; null: it does not say. */
export interface Fetched {
  readonly source: ImportSource;
  /** With its extension. */
  readonly filename: string | null;
  readonly bytes: number | null;
  /** In hex. */
  readonly md5: string | null;
}

/** Where images come from: the port. */
export interface Source {
  /**
   * Fetches an image into the sink, in one go.
   * @param signal its deadline, or the end of the service
   * @throws {ImportFailure} what is wrong, and of which kind
   */
  fetch(wanted: Wanted, sink: Sink, progress: Progress, signal: AbortSignal): Promise<Fetched>;
}
