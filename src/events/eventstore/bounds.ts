/** How long the adapter waits for EventStoreDB, in milliseconds. */
export interface Bounds {
  /** An append is given up after this time. */
  readonly appendMs: number;
  /** How long to look whether an append of unknown outcome was written. */
  readonly lookMs: number;
  /** After this time without an answer, an append is no longer under way. */
  readonly overMs: number;
  /** A read is given up if nothing has come for this time. By itself it would wait for ever. */
  readonly readMs: number;
  /** A connection is given up if no answer has come for this time although some are expected. */
  readonly silentMs: number;
  /** A subscription is dead if it was silent for this time although there are events for it. */
  readonly stalledMs: number;
  /** Calls while the log is opened are given up after this time. */
  readonly openMs: number;
}

export const BOUNDS: Bounds = {
  // With these two, a POST takes at most 3 s.
  appendMs: 1_500,
  lookMs: 600,
  // The server's own limit for an append is 2 s, and it stands still for at most 1 s. But it never answers a repeat that came too soon.
  overMs: 5_000,
  readMs: 900,
  // The client's keep-alive takes longer, and it does not cover a connection that hangs while it is being made.
  silentMs: 5_000,
  stalledMs: 5_000,
  openMs: 2_000,
};
