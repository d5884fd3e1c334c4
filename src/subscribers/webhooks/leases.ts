import pLimit from 'p-limit';
import type { Clock } from '../../time/clock.ts';
import type { DeliveryStore, Lease } from './delivery-store.ts';

/** How often a node renews its own lease and looks at those of others. */
const BEAT_EVERY_MS = 1_500;

/** A node whose beat has not changed for so long, on the clock of whoever looks, has ended. */
const ENDED_AFTER_MS = 6_000;

/** A node that could not renew its lease for so long sends nothing: another may have taken over. It is less than the time above. */
const LIVE_MS = 5_000;

/** So many endpoints are taken in one go, and so many of them at once: the next beat must not be late. */
const TAKEN_IN_ONE_GO = 500;
const AT_ONCE = 16;

export interface LeasesParts {
  readonly store: Pick<DeliveryStore, 'leases' | 'take' | 'release'>;
  readonly clock: Clock;
  /** The name of this node, which it has used for no other leases before. */
  readonly node: string;
  /** Whether the process of another node has certainly ended: then nobody waits for its lease. */
  readonly hasEnded: (node: string) => boolean;
  /** The endpoints that this node would serve. */
  readonly wanted: () => Iterable<string>;
  /** `from`: the node that had it and has ended; null: nobody had it. */
  readonly onTaken: (endpoint: string, from: string | null) => void;
  readonly onLost: (endpoint: string) => void;
  /** The leases are not live any more, or live again. */
  readonly onLive: (isLive: boolean) => void;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Says which endpoints this node serves. A node has one lease of its own, which it renews all the time; a lease of an endpoint names a node,
 * and holds as long as that node renews its own. So a thousand endpoints cost no more than one. No clocks of two machines are compared.
 */
export class Leases {
  readonly #parts: LeasesParts;
  readonly #held = new Set<string>();
  /** When the beat of each other node was first seen as it is. */
  readonly #seen = new Map<string, { readonly beat: number | null; readonly sinceMs: number }>();
  #isOwned = false;
  #beat = 0;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #wasLive = false;
  #cancel: (() => void) | null = null;
  #cancelLive: (() => void) | null = null;
  #beating: Promise<void> | null = null;
  #isStarted = false;
  #takesNoMore = false;
  #isStopped = false;
  /** It has to look again at once. */
  #isHurried = false;

  constructor(parts: LeasesParts) {
    this.#parts = parts;
  }

  /** Begins to take leases and to renew them. */
  start(): void {
    this.#isStarted = true;
    this.hurry();
  }

  /** Takes nothing new. What it has, it keeps. */
  takeNoMore(): void {
    this.#takesNoMore = true;
  }

  /** Whether this node may send. */
  get isLive(): boolean {
    return this.#parts.clock.elapsed() - this.#renewedAtMs < LIVE_MS;
  }

  holds(endpoint: string): boolean {
    return this.#held.has(endpoint);
  }

  /** Looks now instead of at the next beat: there are new endpoints to take. */
  hurry(): void {
    if (!this.#isStarted || this.#isStopped) return;
    if (this.#beating !== null) {
      this.#isHurried = true;
      return;
    }
    this.#isHurried = false;
    this.#beating = this.#beatOnce().finally(() => {
      this.#beating = null;
    });
  }

  /** Gives an endpoint back. @throws {DeliveriesUnavailable} it ends by itself when this node does */
  async release(endpoint: string): Promise<void> {
    if (this.#held.delete(endpoint)) await this.#parts.store.release(endpoint, this.#parts.node);
  }

  /** Gives everything back, as far as the store is there. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#beating;
    this.#cancel?.();
    this.#cancelLive?.();
    const { store, node } = this.#parts;
    const all = [...this.#held, node];
    this.#held.clear();
    await pLimit(AT_ONCE)
      .map(all, (endpoint) => store.release(endpoint, node))
      .catch(this.#parts.onTrouble);
  }

  async #beatOnce(): Promise<void> {
    this.#cancel?.();
    let isMore = false;
    try {
      isMore = await this.#look();
    } catch (error) {
      this.#parts.onTrouble(error);
    }
    this.#tellLive();
    if (this.#isStopped) return;
    this.#cancel = this.#parts.clock.after(isMore || this.#isHurried ? 0 : BEAT_EVERY_MS, () => this.hurry());
  }

  #tellLive(): void {
    if (this.isLive === this.#wasLive) return;
    this.#wasLive = this.isLive;
    this.#parts.onLive(this.#wasLive);
  }

  /** Renews, and takes what nobody serves. Gives whether there is more to take. */
  async #look(): Promise<boolean> {
    const { store, clock, node, wanted } = this.#parts;
    const heldBefore = [...this.#held];
    const all = new Map((await store.leases()).map((lease) => [lease.endpoint, lease]));
    if (!(await this.#renew(all.get(node) ?? null))) return false;
    for (const endpoint of heldBefore) if (all.get(endpoint)?.holder !== node) this.#lose(endpoint);
    this.#tellLive();
    const holders = new Set([...all.values()].map(({ holder }) => holder).filter((holder) => holder !== node));
    this.#observe(holders, all, clock.elapsed());
    const free = [...wanted()].filter((endpoint) => !this.#held.has(endpoint) && this.#isFree(all.get(endpoint)));
    const taken = free.slice(0, TAKEN_IN_ONE_GO);
    await pLimit(AT_ONCE).map(taken, (endpoint) => this.#take(endpoint, all.get(endpoint) ?? null));
    await this.#bury(holders, all);
    return free.length > taken.length;
  }

  /** Renews this node's own lease. If somebody else removed it, all its endpoints are lost. */
  async #renew(found: Lease | null): Promise<boolean> {
    const { store, clock, node } = this.#parts;
    // Nobody else writes it, so it is there as long as no other node took this one for ended.
    if (this.#isOwned && found === null) this.#loseAll();
    const beganAtMs = clock.elapsed();
    this.#beat += 1;
    const renewed: Lease = { endpoint: node, holder: node, beat: this.#beat };
    if (await store.take(renewed, found)) {
      this.#isOwned = true;
      this.#renewedAtMs = beganAtMs;
      this.#cancelLive?.();
      this.#cancelLive = clock.after(LIVE_MS, () => this.#tellLive());
      return true;
    }
    this.#loseAll();
    return false;
  }

  #observe(holders: ReadonlySet<string>, all: ReadonlyMap<string, Lease>, nowMs: number): void {
    for (const holder of this.#seen.keys()) if (!holders.has(holder)) this.#seen.delete(holder);
    for (const holder of holders) {
      const beat = all.get(holder)?.beat ?? null;
      if (this.#seen.get(holder)?.beat !== beat) this.#seen.set(holder, { beat, sinceMs: nowMs });
    }
  }

  #isFree(lease: Lease | undefined): boolean {
    return lease === undefined || lease.holder === this.#parts.node || this.#hasEnded(lease.holder);
  }

  #hasEnded(holder: string): boolean {
    const seen = this.#seen.get(holder);
    if (seen === undefined) return false;
    return this.#parts.clock.elapsed() - seen.sinceMs >= ENDED_AFTER_MS || this.#parts.hasEnded(holder);
  }

  async #take(endpoint: string, found: Lease | null): Promise<void> {
    const { store, node, onTaken } = this.#parts;
    if (this.#takesNoMore || this.#isStopped) return;
    this.#beat += 1;
    if (!(await store.take({ endpoint, holder: node, beat: this.#beat }, found))) return;
    this.#held.add(endpoint);
    onTaken(endpoint, found?.holder ?? null);
  }

  /** Removes the leases of nodes that have ended and serve nothing any more. */
  async #bury(holders: ReadonlySet<string>, all: ReadonlyMap<string, Lease>): Promise<void> {
    for (const holder of holders) {
      if (!this.#hasEnded(holder)) continue;
      const isServing = [...all.values()].some(
        ({ endpoint, holder: of }) => of === holder && endpoint !== holder && !this.#held.has(endpoint),
      );
      if (!isServing && all.has(holder)) await this.#parts.store.release(holder, holder);
    }
  }

  #lose(endpoint: string): void {
    if (this.#held.delete(endpoint)) this.#parts.onLost(endpoint);
  }

  #loseAll(): void {
    this.#isOwned = false;
    this.#renewedAtMs = Number.NEGATIVE_INFINITY;
    for (const endpoint of [...this.#held]) this.#lose(endpoint);
  }
}
