import { Line } from './line.ts';

/** The share of the event loop's time that one party may use while another party is at work, too. */
const SHARE = 0.3;

/** Unused time is saved up to this amount, so that a party with few requests does not wait. */
const GATHERED_MS = 2;

/** A party that has used too much time pays the debt by waiting. A larger debt counts as this one. */
const LARGEST_DEBT_MS = 100;

/** A party is at work if it has begun a step within this time. */
const AT_WORK_MS = 200;

/** After this time, no further step begins in the same turn of the event loop, so that new input is read. */
const TURN_MS = 5;

/** About the time to read a request and to send its answer, which cannot be measured. */
const UNMEASURED_MS = 0.1;

/** The longest wait of a request. After it, the request gets 503. */
const LONGEST_WAIT_MS = 1_000;

/** The party of all requests without a valid token. */
export const NOBODY = '';

interface Party {
  readonly name: string;
  /** The time that it may use, as of `atMs`; a debt is negative. */
  leftMs: number;
  atMs: number;
  /** The first steps and the later steps that wait. Later steps go first. */
  readonly first: Line;
  readonly later: Line;
}

/**
 * Divides the time of the event loop among parties (organizations). Each step of a request's work begins here. A party that is alone uses
 * all of the time. While another party is at work, each has its share, and waits after it has used that up. So a party that floods waits
 * for itself, whatever work takes the time.
 */
export class LoopShare {
  readonly #nowMs: () => number;
  readonly #longestWaitMs: number;
  /** The parties at work. The party that began the newest step is the last. */
  readonly #parties = new Map<string, Party>();
  #waiting = 0;
  /** When the first step of this turn of the event loop began; null: none has begun. */
  #turnSinceMs: number | null = null;
  /** The step that runs now. */
  #step: { readonly party: Party; readonly sinceMs: number } | null = null;
  #isEndAwaited = false;
  #timer: NodeJS.Timeout | null = null;

  /** @param nowMs a clock that never goes back */
  constructor(nowMs: () => number = () => performance.now(), longestWaitMs = LONGEST_WAIT_MS) {
    this.#nowMs = nowMs;
    this.#longestWaitMs = longestWaitMs;
  }

  /**
   * Called before a request's first step: waits if the party has used up its share. The step lasts until it waits for something else.
   * @throws {Problem} 503 if the wait is too long
   */
  async begin(party: string): Promise<void> {
    await this.#enter(party, 'first');
  }

  /** The same for a later step, which is never refused. */
  async resume(party: string): Promise<void> {
    await this.#enter(party, 'later');
  }

  #enter(name: string, step: 'first' | 'later'): Promise<void> | undefined {
    const nowMs = this.#nowMs();
    const party = this.#atWork(name, nowMs);
    // One callback may enter many steps before the first of them begins.
    const isFree = this.#step === null && this.#waiting === 0 && this.#hasTime(nowMs);
    if (!isFree || !this.#mayBegin(party, nowMs)) return this.#wait(party, step);
    this.#begin(party, nowMs);
    return undefined;
  }

  /** Gives the party, which is at work from now on. */
  #atWork(name: string, nowMs: number): Party {
    const party = this.#parties.get(name) ?? {
      name,
      leftMs: GATHERED_MS,
      atMs: nowMs,
      first: new Line(),
      later: new Line(),
    };
    this.#parties.delete(name);
    for (const other of this.#parties.values()) {
      if (nowMs - other.atMs < AT_WORK_MS || isWaiting(other)) break;
      this.#parties.delete(other.name);
    }
    this.#parties.set(name, party);
    return party;
  }

  /** Requests without a valid token must not slow down others. */
  #isAlone({ name }: Party): boolean {
    const others = this.#parties.size - 1;
    return others === 0 || (others === 1 && name !== NOBODY && this.#parties.has(NOBODY));
  }

  #hasTime(nowMs: number): boolean {
    return this.#turnSinceMs === null || nowMs - this.#turnSinceMs < TURN_MS;
  }

  #mayBegin(party: Party, nowMs: number): boolean {
    party.leftMs = Math.min(GATHERED_MS, party.leftMs + (nowMs - party.atMs) * SHARE);
    party.atMs = nowMs;
    return party.leftMs > 0 || this.#isAlone(party);
  }

  #begin(party: Party, nowMs: number): void {
    this.#step = { party, sinceMs: nowMs };
    this.#use(party, UNMEASURED_MS);
    if (this.#turnSinceMs === null) {
      this.#turnSinceMs = nowMs;
      setImmediate(() => {
        this.#turnSinceMs = null;
        this.#letIn();
      });
    }
    this.#awaitEnd();
  }

  /** A step ends when all microtasks have run: then the work waits for something. */
  #awaitEnd(): void {
    if (this.#isEndAwaited) return;
    this.#isEndAwaited = true;
    queueMicrotask(() =>
      process.nextTick(() => {
        this.#isEndAwaited = false;
        this.#end(this.#nowMs());
        this.#letIn();
      }),
    );
  }

  #end(nowMs: number): void {
    if (this.#step === null) return;
    const { party, sinceMs } = this.#step;
    this.#step = null;
    this.#use(party, nowMs - sinceMs);
  }

  #use(party: Party, ms: number): void {
    const least = this.#isAlone(party) ? 0 : -LARGEST_DEBT_MS;
    party.leftMs = Math.max(least, party.leftMs - ms);
  }

  #wait(party: Party, step: 'first' | 'later'): Promise<void> {
    this.#waiting += 1;
    const waiting = party[step].wait(step === 'first' ? this.#longestWaitMs : null, () => {
      this.#waiting -= 1;
    });
    if (this.#step === null) this.#letIn();
    return waiting;
  }

  /** Begins the next step of the party with the most time left. If no party has time left, calls itself again when one has. */
  #letIn(): void {
    const nowMs = this.#nowMs();
    if (this.#waiting === 0 || this.#step !== null || !this.#hasTime(nowMs)) return;
    let next: Party | null = null;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const party of this.#parties.values()) {
      if (!isWaiting(party)) continue;
      if (!this.#mayBegin(party, nowMs)) soonestMs = Math.min(soonestMs, -party.leftMs / SHARE);
      else if (next === null || party.leftMs > next.leftMs) next = party;
    }
    if (next === null) {
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.#letIn();
      }, soonestMs).unref();
      return;
    }
    this.#waiting -= 1;
    this.#begin(next, nowMs);
    if (!next.later.letGo()) next.first.letGo();
  }
}

function isWaiting({ first, later }: Party): boolean {
  return first.length > 0 || later.length > 0;
}
