import { tooManyRequests, unavailable } from '../out/problem.ts';
import { Amounts } from './amounts.ts';

/** The part of the process's memory that one caller may hold. */
const CALLERS_PART = 1 / 8;

/** The bytes that a caller may always hold: enough for the largest request and its answer. */
const CALLERS_LEAST_BYTES = 16 * 1024 * 1024;

/** The memory of one request: its body, the event that is recorded, and its answer until that is sent. */
export interface Held {
  /**
   * Holds this many more bytes.
   * @throws {Problem} 429 if the caller holds too much, 503 if all callers together do
   */
  take(bytes: number): void;
  /** The same for bytes that can no longer be refused. They count for later requests. */
  keep(bytes: number): void;
  /** Releases all of its bytes. Later calls of any method do nothing. */
  release(): void;
}

/** Counts the bytes of requests under way, for each caller and for the process. */
export class MemoryBudget {
  readonly #processBytes: number;
  readonly #callerBytes: number;
  readonly #byCaller = new Amounts();
  #held = 0;

  /** @param processBytes the most that all requests may hold together */
  constructor(processBytes: number) {
    this.#processBytes = processBytes;
    this.#callerBytes = Math.max(CALLERS_LEAST_BYTES, processBytes * CALLERS_PART);
  }

  /** The bytes that are held now. */
  get heldBytes(): number {
    return this.#held;
  }

  /** The memory of a new request of the caller, which holds nothing yet. */
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

  /** Holds bytes of the caller until the function that it gives is called; null: there is no room for them. */
  hold(caller: string, bytes: number): (() => void) | null {
    const held = this.open(caller);
    try {
      held.take(bytes);
      return held.release;
    } catch {
      return null;
    }
  }

  #assertRoom(caller: string, bytes: number): void {
    if (this.#byCaller.of(caller) + bytes > this.#callerBytes) {
      throw tooManyRequests(
        'Your requests under way and your unread answers take too much memory. Send fewer requests at once, and read the answers.',
      );
    }
    if (this.#held + bytes > this.#processBytes) {
      throw unavailable('overloaded', 'The requests under way take all the memory that is allowed. Try again.');
    }
  }

  #count(caller: string, bytes: number): void {
    this.#byCaller.add(caller, bytes);
    this.#held += bytes;
  }
}
