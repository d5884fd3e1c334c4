import { Line } from './line.ts';

/** The share of the event loop's time that one party may use while another one is at work, too. */
const SHARE = 0.3;

/** What is not used of it gathers up to so much: a party that asks for little waits for nothing. */
const GATHERED_MS = 2;

/** A party that has used more pays it off by waiting; no more than so much is remembered. */
const LARGEST_DEBT_MS = 100;

/** A party is at work if it has begun something within so long. */
const AT_WORK_MS = 200;

/** What is begun in one turn of the event loop ends about then: what others have sent comes next. */
const TURN_MS = 5;

/** To read a request and to send its answer takes about so long, and cannot be measured. */
const UNMEASURED_MS = 0.1;

/** Who has waited for so long is told to come again. */
const LONGEST_WAIT_MS = 1_000;

/** Whoever has no token, all together. */
export const NOBODY = '';

interface Party {
  readonly name: string;
  /** What it may use now; in debt it is negative. As of `atMs`. */
  leftMs: number;
  atMs: number;
  /** First steps and later ones that are to be begun. The later ones come first. */
  readonly first: Line;
  readonly later: Line;
}

/**
 * Parties (organizations) share the time of the event loop: each step of a request's work is begun here. A party that is alone uses all of
 * it; while another one is at work, each has its share, and waits once it has used that up. So one that floods waits for itself, whatever
 * it is that takes the time.
 */
export class LoopShare {
  readonly #nowMs: () => number;
  readonly #longestWaitMs: number;
  /** Those at work, the one that began something last at the end. */
  readonly #parties = new Map<string, Party>();
  #waiting = 0;
  /** Since when something is begun in this turn of the event loop; null: nothing was yet. */
  #turnSinceMs: number | null = null;
  /** Whose step it is just now. */
  #step: { readonly party: Party; readonly sinceMs: number } | null = null;
  #isEndAwaited = false;
  #timer: NodeJS.Timeout | null = null;

  /** @param nowMs a clock that never goes back */
  constructor(nowMs: () => number = () => performance.now(), longestWaitMs = LONGEST_WAIT_MS) {
    this.#nowMs = nowMs;
    this.#longestWaitMs = longestWaitMs;
  }

  /**
   * Called before a request's first step: waits where the party has used up its share. The step lasts until it waits for something else.
   * @throws {Problem} 503: its time did not come
   */
  async begin(party: string): Promise<void> {
    await this.#enter(party, 'first');
  }

  /** The same before a later step, which is never refused. */
  async goOn(party: string): Promise<void> {
    await this.#enter(party, 'later');
  }

  #enter(name: string, step: 'first' | 'later'): Promise<void> | undefined {
    const nowMs = this.#nowMs();
    const party = this.#atWork(name, nowMs);
    // One step after the other: many may come from the same callback, before any of them has begun.
    const isFree = this.#step === null && this.#waiting === 0 && this.#hasTime(nowMs);
    if (!isFree || !this.#mayBegin(party, nowMs)) return this.#wait(party, step);
    this.#begin(party, nowMs);
    return undefined;
  }

  /** The party, which is at work from now on. */
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

  /** Whoever has no token is no reason to hold anybody back. */
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

  /** A step ends when nothing is left to do without waiting: then all microtasks have run. */
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

  /** Begins what the party waits for that has most left, or sees to it that this is called again when one has something left. */
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
