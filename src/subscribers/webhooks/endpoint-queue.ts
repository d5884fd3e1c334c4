import { Heap } from './heap.ts';

/** An event on its way, as far as its turn depends on it. Times are on the clock that only grows, in milliseconds. */
export interface Queued {
  /** What must stay in order: the stream of its import. */
  readonly stream: string;
  dueAtMs: number;
  tries: number;
  /** Its rate is limited: it is sent again because somebody asked for that. */
  readonly isPaced: boolean;
}

/** Deliveries are sent in order within a lane. */
interface Lane<T extends Queued> {
  readonly waiting: T[];
}

/** The first delivery of a lane. */
interface Head<T extends Queued> {
  readonly item: T;
  readonly lane: Lane<T>;
  /** In which order the deliveries came. */
  readonly order: number;
  /** How many successes the endpoint had when this delivery failed last; null: it did not fail. */
  successesAtFailure: number | null;
  /** It failed before and after a success of others, so the failure is its own. */
  isDifficult: boolean;
  /** The receiver said when to come again. */
  isAskedToWait: boolean;
}

/** A delivery that is under way. It is given back with what came of it. */
export interface UnderWay<T extends Queued> {
  readonly item: T;
  readonly head: unknown;
  readonly isProbe: boolean;
}

/** When a delivery is tried again. */
export interface NextTry {
  readonly dueAtMs: number;
  readonly isAskedFor: boolean;
}

export interface QueueOptions {
  /** One after the other, whatever their streams are. */
  readonly isOrdered: boolean;
  /** How many paced deliveries a second there are at most; null: no limit. */
  readonly rate: number | null;
  /** How often it failed in a row before. */
  readonly failures: number;
}

/** So many deliveries are under way at most. */
export const MOST_UNDER_WAY = 32;

/** How much failures in a row weigh until the endpoint is failing: five, or fifty of deliveries whose failure is their own. */
const FAILING_AT = 50;
const USUAL_WEIGHT = 10;
const DIFFICULT_WEIGHT = 1;

/** The pause between two probes: it doubles up to the longest. */
const FIRST_PROBE_MS = 1_000;
const LONGEST_PROBE_MS = 30_000;

/** After a pause, so many paced deliveries may go at once: a tenth of a second's. */
const BURST_SECONDS = 0.1;

/**
 * Decides what an endpoint gets next. One delivery of a stream is under way at a time, and the next of it follows only when that was
 * acknowledged or given up. While the endpoint fails, one probe after the other is sent; the first success lets all that waits go. It
 * does no I/O and knows no clock.
 */
export class EndpointQueue<T extends Queued> {
  readonly #options: QueueOptions;
  readonly #lanes = new Map<string, Lane<T>>();
  /** The first of each lane of which none is under way. */
  readonly #ready = new Heap<Head<T>>(
    (one, other) =>
      one.item.dueAtMs < other.item.dueAtMs || (one.item.dueAtMs === other.item.dueAtMs && one.order < other.order),
  );
  #size = 0;
  #underWay = 0;
  #order = 0;
  #successes = 0;
  #weight: number;
  #probes = 0;
  #probeAtMs = Number.NEGATIVE_INFINITY;
  #pacedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#weight = options.failures * USUAL_WEIGHT;
  }

  /** How many deliveries wait or are under way. */
  get size(): number {
    return this.#size;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** It failed five times in a row. */
  get isFailing(): boolean {
    return this.#weight >= FAILING_AT;
  }

  /** All of them, in no order. */
  items(): T[] {
    return [...this.#lanes.values()].flatMap(({ waiting }) => waiting);
  }

  /** Adds a delivery, which comes after all that were added before. */
  add(item: T): void {
    this.#size += 1;
    const name = this.#options.isOrdered ? '' : item.stream;
    const lane = this.#lanes.get(name);
    if (lane !== undefined) {
      lane.waiting.push(item);
      return;
    }
    const made: Lane<T> = { waiting: [item] };
    this.#lanes.set(name, made);
    this.#ready.add(this.#headOf(made, item));
  }

  /** The next delivery to send now; null: none. It is under way until it is given back. */
  next(nowMs: number): UnderWay<T> | null {
    const atMs = this.nextAtMs();
    if (atMs === null || atMs > nowMs) return null;
    const head = this.#ready.takeLeast() as Head<T>;
    if (this.#isPaced(head.item)) {
      const { rate } = this.#options as { rate: number };
      this.#pacedAtMs = Math.max(this.#pacedAtMs, nowMs - 1_000 * BURST_SECONDS) + 1_000 / rate;
    }
    this.#underWay += 1;
    return { item: head.item, head, isProbe: this.isFailing };
  }

  /** When `next` has a delivery if nothing else happens; null: not before something else happens. */
  nextAtMs(): number | null {
    const most = this.isFailing || this.#options.isOrdered ? 1 : MOST_UNDER_WAY;
    const head = this.#ready.least;
    if (head === undefined || this.#underWay >= most) return null;
    let atMs = head.item.dueAtMs;
    if (this.isFailing) atMs = Math.max(atMs, this.#probeAtMs);
    if (this.#isPaced(head.item)) atMs = Math.max(atMs, this.#pacedAtMs);
    return atMs;
  }

  /** Makes a delivery the very next one, if it is the first of its lane and not under way. Gives whether it is. */
  hasten(isMeant: (item: T) => boolean): boolean {
    const head = this.#ready.elements.find(({ item }) => isMeant(item));
    if (head === undefined) return false;
    head.item.dueAtMs = Number.NEGATIVE_INFINITY;
    this.#ready.reorder();
    this.#probeAtMs = Number.NEGATIVE_INFINITY;
    return true;
  }

  /** It was acknowledged. What waits because the endpoint failed is due. */
  succeeded(sent: UnderWay<T>, nowMs: number): void {
    this.#successes += 1;
    const wasFailing = this.isFailing;
    this.#weight = 0;
    this.#probes = 0;
    this.#finish(sent);
    if (wasFailing) this.#release(nowMs);
  }

  /** It failed. @param next when it is tried again; null: it is given up */
  failed(sent: UnderWay<T>, nowMs: number, next: NextTry | null): void {
    const head = sent.head as Head<T>;
    const isOwn = head.successesAtFailure !== null && head.successesAtFailure !== this.#successes;
    head.isDifficult ||= isOwn;
    head.successesAtFailure = this.#successes;
    const wasFailing = this.isFailing;
    this.#weight += head.isDifficult ? DIFFICULT_WEIGHT : USUAL_WEIGHT;
    if (sent.isProbe) this.#probes += 1;
    if (sent.isProbe || (this.isFailing && !wasFailing)) {
      this.#probeAtMs = nowMs + Math.min(FIRST_PROBE_MS * 2 ** this.#probes, LONGEST_PROBE_MS);
    }
    if (next === null) {
      this.#finish(sent);
      return;
    }
    head.isAskedToWait = next.isAskedFor;
    this.#giveBack(sent, next.dueAtMs);
  }

  /** It was not sent. */
  putBack(sent: UnderWay<T>, dueAtMs: number): void {
    this.#giveBack(sent, dueAtMs);
  }

  /** It needs no sending any more, without any attempt. */
  dropped(sent: UnderWay<T>): void {
    this.#finish(sent);
  }

  #giveBack({ item, head }: UnderWay<T>, dueAtMs: number): void {
    item.dueAtMs = dueAtMs;
    this.#underWay -= 1;
    this.#ready.add(head as Head<T>);
  }

  #finish({ head, item }: UnderWay<T>): void {
    const { lane } = head as Head<T>;
    this.#underWay -= 1;
    this.#size -= 1;
    lane.waiting.shift();
    const [next] = lane.waiting;
    if (next === undefined) this.#lanes.delete(this.#options.isOrdered ? '' : item.stream);
    else this.#ready.add(this.#headOf(lane, next));
  }

  #headOf(lane: Lane<T>, item: T): Head<T> {
    this.#order += 1;
    return { item, lane, order: this.#order, successesAtFailure: null, isDifficult: false, isAskedToWait: false };
  }

  #isPaced(item: T): boolean {
    return item.isPaced && this.#options.rate !== null;
  }

  #release(nowMs: number): void {
    for (const { item, isDifficult, isAskedToWait } of this.#ready.elements) {
      if (item.tries > 0 && !isDifficult && !isAskedToWait) item.dueAtMs = Math.min(item.dueAtMs, nowMs);
    }
    this.#ready.reorder();
  }
}
