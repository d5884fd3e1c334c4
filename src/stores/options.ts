/** Is called at each call to a store. A call to an embedded store is a transaction, which may hold many appends or writes. */
export interface CallObserver {
  logCalled(call: string): void;
  readModelCalled(call: string): void;
  /** The log's follower passed over an event of another application, in a stream with one of our names. */
  foreignEventPassed(): void;
}

/** Is called with what an operator should know: damage, outages, recovery. */
export type Warn = (message: string) => void;

/** How long a command that works for minutes waits for a server that is away: a fail-over or a pause. A request gives up at once. */
export const PATIENCE_MS = 30_000;

export interface LogOptions {
  readonly observer?: CallObserver;
  /** How long calls wait for a server that is away, or for a machine that is busy; not at all, or 3 s, unless set. */
  readonly patienceMs?: number;
}
