import { ConcurrencyLimit } from './concurrency-limit.ts';
import { LargeWork } from './large-work.ts';
import { MemoryBudget } from './memory-budget.ts';
import { RateLimit } from './rate-limit.ts';
import type { Rates } from './rates.ts';
import { Turns } from './turns.ts';

/** So many requests without a body are begun in one turn of the event loop; a single one may take milliseconds of it. */
const BEGUN_IN_A_TURN = 16;

/** So many POSTs are worked on at once, from their whole body to their answer: as many as a transaction of the log is worth. */
const AT_WORK = 64;

/** A request that has not had its turn by then is told to come again. */
const LONGEST_WAIT_MS = 1_000;

/** What keeps one caller, or one organization, from taking the service for itself. */
export interface Limits {
  readonly concurrency: ConcurrencyLimit;
  readonly memory: MemoryBudget;
  readonly large: LargeWork;
  /** What is read, by organization. */
  readonly reads: Turns;
  /** What is appended and projected, by organization. */
  readonly writes: Turns;
  /** Null: callers may send as often as they like. */
  readonly rates: RateLimit | null;
}

/** @param memoryBytes what all requests under way may hold */
export function limitsOf(memoryBytes: number, rates: Rates | null): Limits {
  return {
    concurrency: new ConcurrencyLimit(),
    memory: new MemoryBudget(memoryBytes),
    large: new LargeWork(),
    reads: new Turns(BEGUN_IN_A_TURN, LONGEST_WAIT_MS),
    writes: new Turns(AT_WORK, LONGEST_WAIT_MS),
    rates: rates && new RateLimit(rates),
  };
}
