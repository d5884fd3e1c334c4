import { availableParallelism } from 'node:os';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { LargeWork } from './large-work.ts';
import { LoopShare } from './loop-share.ts';
import { MemoryBudget } from './memory-budget.ts';
import { RateLimit } from './rate-limit.ts';
import type { Rates } from './rates.ts';
import { Turns } from './turns.ts';

/** So many POSTs of one organization are appended and projected at once: as many as a transaction of the log is worth. */
const WRITES_OF_ONE = 64;

/** So many of all. */
const WRITES = 96;

/** A POST that could not be appended by then is told to come again. */
const LONGEST_WAIT_MS = 1_000;

/** So many bodies and answers are inflated or zipped at once: the event loop needs a core of its own. */
const ZIPPED_AT_ONCE = Math.max(1, availableParallelism() - 1);

/** What keeps one caller, or one organization, from taking the service for itself. */
export interface Limits {
  readonly concurrency: ConcurrencyLimit;
  readonly memory: MemoryBudget;
  readonly large: LargeWork;
  /** The time of the event loop, by organization. */
  readonly loop: LoopShare;
  /** What is appended and projected, by organization. */
  readonly writes: Turns;
  /** What is inflated and zipped, by organization. */
  readonly zips: Turns;
  /** Null: callers may send as often as they like. */
  readonly rates: RateLimit | null;
}

/** @param memoryBytes what all requests under way may hold */
export function limitsOf(memoryBytes: number, rates: Rates | null): Limits {
  return {
    concurrency: new ConcurrencyLimit(),
    memory: new MemoryBudget(memoryBytes),
    large: new LargeWork(),
    loop: new LoopShare(),
    writes: new Turns(WRITES, LONGEST_WAIT_MS, WRITES_OF_ONE),
    zips: new Turns(ZIPPED_AT_ONCE, null),
    rates: rates && new RateLimit(rates),
  };
}
