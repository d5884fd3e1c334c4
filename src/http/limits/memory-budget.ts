import { tooManyRequests, unavailable } from '../out/problem.ts';
import { Amounts } from './amounts.ts';

/** What one caller may hold, as a part of what the process may. */
const CALLERS_PART = 1 / 8;

/** A caller may always hold so many bytes: the largest request with all that is made of it. */
const CALLERS_LEAST_BYTES = 16 * 1024 * 1024;

/** What a request holds in memory: its body, what is recorded of it, its answer until that is sent. */
export interface Held {
  /**
   * Holds so many bytes more.
   * @throws {Problem} 429 where the caller holds too much, 503 where all callers together do
   */
  take(bytes: number): void;
  /** The same for what cannot be refused any more: it is counted, and weighs on what comes next. */
  keep(bytes: number): void;
  /** Lets go of everything, once and for all. */
  release(): void;
}

/** Counts the bytes that requests under way hold, for each caller and for the process. */
export class MemoryBudget {
  readonly #processBytes: number;
  readonly #callerBytes: number;
  readonly #byCaller = new Amounts();
  #held = 0;

  /** @param processBytes what all requests may hold together */
  constructor(processBytes: number) {
    this.#processBytes = processBytes;
    this.#callerBytes = Math.max(CALLERS_LEAST_BYTES, processBytes * CALLERS_PART);
  }

  /** What is held now, in bytes. */
  get heldBytes(): number {
    return this.#held;
  }

  /** What one request of the caller will hold: nothing yet. */
  open(caller: string): Held {
    let held = 0;
    let isReleased = false;
    const keep = (bytes: number) => {
      if (isReleased) return;
      this.#count(caller, bytes);
      held += bytes;
    };
    return {
      keep,
      take: (bytes) => {
        if (!isReleased) this.#assertRoom(caller, bytes);
        keep(bytes);
      },
      release: () => {
        isReleased = true;
        this.#count(caller, -held);
        held = 0;
      },
    };
  }

  #assertRoom(caller: string, bytes: number): void {
    if (this.#byCaller.of(caller) + bytes > this.#callerBytes) {
      throw tooManyRequests(
        'Your requests under way, with their answers that you have not read, take too much memory: send fewer at once, and read the answers.',
      );
    }
    if (this.#held + bytes > this.#processBytes) {
      throw unavailable('overloaded', 'The requests under way take all the memory that they may. Try again.');
    }
  }

  #count(caller: string, bytes: number): void {
    this.#byCaller.add(caller, bytes);
    this.#held += bytes;
  }
}
