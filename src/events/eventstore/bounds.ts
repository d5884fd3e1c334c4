/** How long the adapter waits for EventStoreDB, in milliseconds. */
export interface Bounds {
  /** An append is given up after this. */
  readonly appendMs: number;
  /** Whether an append of unknown outcome was written must be found within this. */
  readonly lookMs: number;
  /** An append that is not answered for so long is over. */
  readonly overMs: number;
  /** A read is given up when nothing has come for so long; left to itself it would wait for ever. */
  readonly readMs: number;
  /** A connection without any answer for so long, while answers are waited for, is given up. */
  readonly silentMs: number;
  /** A subscription that gives no sign of life for so long, although there are events for it, is dead. */
  readonly stalledMs: number;
  /** What is asked before there is a log is given up after this. */
  readonly openMs: number;
}

export const BOUNDS: Bounds = {
  // Together with what else a POST does, these two leave it within 3 s.
  appendMs: 1_500,
  lookMs: 600,
  // The server ends each append within its own limit of 2 s, and it stands still for a second at most; but a repeat that came too soon it
  // never answers.
  overMs: 5_000,
  readMs: 900,
  // The client's keep-alive would take longer, and it has none for a connection that is stuck in its beginnings.
  silentMs: 5_000,
  stalledMs: 5_000,
  openMs: 2_000,
};
