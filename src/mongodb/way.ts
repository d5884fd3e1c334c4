import { retry } from '../time/retry.ts';
import { BOUNDS_MS } from './bounds.ts';
import type { Clients } from './current-client.ts';
import { isAway } from './failures.ts';
import { Gate, type Passage } from './gate.ts';
import type { Unavailable } from './unavailable.ts';

/** A command that works for minutes may ask what takes the server long. */
const PATIENT_BOUNDS_MS: typeof BOUNDS_MS = { ...BOUNDS_MS, document: 10_000, documents: 10_000 };

const PAUSE_MS = 500;

export interface Patience {
  /** How long a round trip is repeated while the server is away, as during a fail-over; not at all unless set. */
  readonly patienceMs?: number;
  /** Is called once when an outage begins, and once when it is over. */
  readonly onNotice?: (message: string) => void;
}

/** The way to a server, through a gate. A request gives up at once, and a command that works for minutes waits. */
export function wayTo(
  clients: Clients,
  Unavailable: Unavailable,
  { patienceMs = 0, onNotice = () => {} }: Patience = {},
): Passage {
  if (patienceMs === 0) return new Gate(clients, Unavailable);
  const gate = new Gate(clients, Unavailable, PATIENT_BOUNDS_MS);
  let troubleSinceMs: number | null = null;

  const mayWait = (error: unknown, pauseMs: number) => {
    // Without a cause, the gate has not let it through, since the server is away.
    if (!(error instanceof Unavailable) || (error.cause !== undefined && !isAway(error.cause))) return false;
    if (troubleSinceMs === null) onNotice(`${error.message}. Waiting for it, for up to ${patienceMs / 1_000} s.`);
    troubleSinceMs ??= performance.now();
    return performance.now() + pauseMs <= troubleSinceMs + patienceMs;
  };

  return {
    async pass(roundTrip, asked) {
      const result = await retry(() => gate.pass(roundTrip, asked), { when: mayWait, pauseMs: () => PAUSE_MS });
      if (troubleSinceMs !== null) onNotice('MongoDB answers again.');
      troubleSinceMs = null;
      return result;
    },
  };
}
