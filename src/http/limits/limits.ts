import { ConcurrencyLimit } from './concurrency-limit.ts';
import { LargeWork } from './large-work.ts';
import { MemoryBudget } from './memory-budget.ts';
import { RateLimit } from './rate-limit.ts';
import type { Rates } from './rates.ts';
import { Turns } from './turns.ts';

/** About how many characters of appends, with the writes of their views, are handed to the stores at once. */
const WRITTEN_AT_ONCE = 4_000_000;

/** What keeps one caller, or one organization, from taking the service for itself. */
export interface Limits {
  readonly concurrency: ConcurrencyLimit;
  readonly memory: MemoryBudget;
  readonly large: LargeWork;
  /** Appends and the writes of their views, by organization; the weight is in characters. */
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
    writes: new Turns(WRITTEN_AT_ONCE),
    rates: rates && new RateLimit(rates),
  };
}
