import type { Stretch } from '../feed/feed.ts';
import type { Place } from '../place.ts';
import { Acknowledged } from './acknowledged.ts';
import { Bodies, unreadable } from './bodies.ts';
import type { Attempt, Progress } from './delivery-store.ts';
import type { Endpoint } from './endpoint.ts';
import { EndpointQueue, type UnderWay } from './endpoint-queue.ts';
import { deliveryOf, type Item } from './item.ts';
import { type EndReason, type Outcome, outcomeOf } from './outcome.ts';
import { readOn } from './read-on.ts';
import { Records } from './records.ts';
import { RightsCheck } from './rights-check.ts';
import type { RunParts } from './run-parts.ts';
import type { Sent } from './sender.ts';
import { takenOf } from './take.ts';

/** So many unfinished deliveries of an endpoint are made; its further events wait in the log. */
export const MOST_WAITING = 2_000;

/** Events are read on when there is room for so many. */
const WORTH_READING = MOST_WAITING / 4;

/** A delivery whose event could not be read from the log is tried again after this time. */
const READ_AGAIN_AFTER_MS = 1_000;

/** Serves one endpoint, from when this node got its lease until it loses it or the endpoint ends. */
export class EndpointRun {
  readonly #parts: RunParts;
  readonly #queue: EndpointQueue<Item>;
  readonly #records: Records;
  readonly #acknowledged: Acknowledged;
  readonly #rights: RightsCheck;
  readonly #scanning = new AbortController();
  #attempts = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #bodies: Bodies;
  #endpoint: Endpoint;
  #scanned: Place;
  #cancelTimer: (() => void) | null = null;
  #roomMade: (() => void) | null = null;
  /** Who waits for the next attempt of a delivery, by its id. */
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();
  #scan: Promise<void> = Promise.resolve();

  /**
   * @param progress where it begins, as the store has it
   * @param waiting the deliveries up to there that are not finished, in the order of the log
   */
  constructor(endpoint: Endpoint, progress: Progress, waiting: readonly Item[], parts: RunParts) {
    this.#endpoint = endpoint;
    this.#parts = parts;
    this.#scanned = progress.scanned;
    this.#queue = new EndpointQueue({
      isOrdered: endpoint.isOrdered,
      rate: endpoint.recovery?.rate ?? null,
      failures: progress.failures,
    });
    this.#bodies = new Bodies(parts);
    const { store, clock, onTrouble } = parts;
    this.#records = new Records(endpoint.id, progress, {
      ...{ store, clock, mayWrite: parts.maySend, onAway: onTrouble },
      onBack: () => this.pump(),
    });
    this.#rights = new RightsCheck({
      clock,
      look: () => parts.endedRights(this.#endpoint),
      onKnown: () => this.pump(),
      onEnded: (detail) => this.#end('rights_ended', detail),
      onTrouble,
    });
    const { position, event, log } = endpoint.watermark;
    this.#acknowledged = new Acknowledged({ log, position: BigInt(position), event }, progress.scanned);
    this.#acknowledged.add(waiting, progress.scanned);
    for (const item of waiting) this.#queue.add(item);
  }

  /** Starts to read and to send. */
  start(): void {
    this.#rights.look();
    const { feed, clock, onTrouble } = this.#parts;
    this.#scan = readOn({
      ...{ feed, clock, onTrouble, signal: this.#scanning.signal },
      endpoint: () => this.#endpoint,
      scanned: () => this.#scanned,
      whenThereIsRoom: () => this.#whenThereIsRoom(),
      take: (stretch) => this.#take(stretch),
    });
    this.pump();
  }

  /** Goes on with changed settings. A run cannot change its order or its beginning. */
  update(endpoint: Endpoint): void {
    this.#endpoint = endpoint;
  }

  /** The place before which everything was acknowledged or given up. */
  get watermark(): Place {
    return this.#acknowledged.place;
  }

  get isFailing(): boolean {
    return this.#queue.isFailing;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** When the oldest unfinished delivery was made, in milliseconds since 1970; null: there is none. */
  get oldestMs(): number | null {
    const oldest = this.#acknowledged.oldest as Item | null;
    return oldest === null ? null : Date.parse(oldest.createdAt);
  }

  /** Looks at the rights of the endpoint's maker now. */
  checkRights(): void {
    this.#rights.look();
  }

  /**
   * Sends a delivery now, whatever its schedule and that of the endpoint say, if it is the next of its import and not under way. Resolves once
   * what came of it is written, or when the run ends.
   * @returns false: it is not, and nothing was sent
   */
  async sendNow(id: string): Promise<boolean> {
    if (!this.#queue.hasten((item) => item.id === id)) return false;
    const awaited = this.#awaited.get(id) ?? Promise.withResolvers<void>();
    this.#awaited.set(id, awaited);
    this.pump();
    await awaited.promise;
    await this.#records.flush();
    return true;
  }

  /** Ends the attempts that are under way: this node's leases are not live. They are made again later. */
  interrupt(): void {
    this.#attempts.abort();
    this.#attempts = new AbortController();
  }

  /** Ends at once and writes nothing: another node may serve the endpoint by now. */
  async abandon(): Promise<void> {
    this.#stopReading();
    this.#records.close();
    this.#attempts.abort();
    await this.#ended();
  }

  /** Sends nothing new, waits for what is under way, and writes what came of it: all of that for at most `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopReading();
    const { clock } = this.#parts;
    const cancelAbort = clock.after(graceMs, () => this.#attempts.abort());
    await Promise.all(this.#underWay);
    cancelAbort();
    const cancelClose = clock.after(graceMs, () => this.#records.close());
    await this.#records.flush();
    cancelClose();
    this.#records.close();
    await this.#ended();
  }

  /** Sends what is due, as far as it may. */
  pump(): void {
    const { clock, maySend } = this.#parts;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#scanning.signal.aborted || this.#records.isAway || !maySend()) return;
    for (;;) {
      const atMs = this.#queue.nextAtMs();
      if (atMs === null) return;
      const nowMs = clock.elapsed();
      if (atMs > nowMs) {
        this.#cancelTimer = clock.after(Math.ceil(atMs - nowMs), () => this.pump());
        return;
      }
      // Bodies need memory. Even if there is none left, each endpoint has one under way, so that no other can hold it up.
      if (this.#parts.memory.isFull && this.#queue.underWay > 0) return;
      if (!this.#rights.isFresh) {
        this.#rights.look();
        return;
      }
      const sent = this.#queue.next(nowMs);
      if (sent === null) return;
      const attempt = this.#send(sent).finally(() => this.#underWay.delete(attempt));
      this.#underWay.add(attempt);
    }
  }

  async #ended(): Promise<void> {
    await this.#scan;
    await Promise.all(this.#underWay);
    for (const item of this.#queue.items()) this.#bodies.forget(item);
  }

  #stopReading(): void {
    this.#scanning.abort();
    this.#cancelTimer?.();
    this.#rights.stop();
    this.#roomMade?.();
    for (const { resolve } of this.#awaited.values()) resolve();
  }

  #end(reason: EndReason, detail: string): void {
    if (this.#scanning.signal.aborted) return;
    this.#stopReading();
    this.#parts.onEnd(reason, detail);
  }

  async #whenThereIsRoom(): Promise<void> {
    if (this.#queue.size <= MOST_WAITING - WORTH_READING) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#roomMade = resolve;
    await promise;
    this.#roomMade = null;
  }

  /** Makes deliveries of the events that the endpoint wants. They are sent when they are written. */
  async #take(stretch: Stretch): Promise<boolean> {
    const { log, clock, onMoved } = this.#parts;
    const taken = takenOf(stretch, this.#endpoint, MOST_WAITING - this.#queue.size, log, clock);
    const { scanned } = taken;
    if (taken.items.length === 0) {
      this.#scanned = scanned;
      this.#acknowledged.add([], scanned);
      this.#records.passed(scanned);
      if (stretch.events.length > 0) onMoved('passed');
      return false;
    }
    const items = taken.items.map(({ item }) => item);
    const deliveries = items.map((item) => deliveryOf(item, this.#endpoint.id, 'waiting', [], clock));
    await this.#records.made(deliveries, scanned);
    if (this.#scanning.signal.aborted) return true;
    this.#scanned = scanned;
    this.#acknowledged.add(items, scanned);
    for (const { item, event } of taken.items) {
      this.#bodies.keep(item, event);
      this.#queue.add(item);
    }
    this.pump();
    return true;
  }

  async #send(sent: UnderWay<Item>): Promise<void> {
    const { clock, inTurn, onTrouble } = this.#parts;
    const { item } = sent;
    try {
      const begun = await inTurn(this.#endpoint.view.organization_id, () => this.#begin(item));
      if (begun === 'not now') return this.#queue.putBack(sent, clock.elapsed());
      const result = begun === 'unreadable' ? begun : await begun.sending;
      if (result === 'unreadable') {
        this.#queue.dropped(sent);
        this.#record(item, 'given_up', unreadable(clock.now()), {});
      } else if (result === null) this.#queue.putBack(sent, clock.elapsed());
      else this.#tried(sent, result);
    } catch (error) {
      onTrouble(error);
      this.#queue.putBack(sent, clock.elapsed() + READ_AGAIN_AFTER_MS);
    }
    this.pump();
  }

  /** Makes the body and begins to send it. While it waited for its turn, others may have taken the memory. */
  async #begin(item: Item) {
    const { memory, sender } = this.#parts;
    if (this.#scanning.signal.aborted || (memory.isFull && this.#queue.underWay > 1)) return 'not now';
    const message = await this.#bodies.of(item, this.#endpoint, this.watermark);
    if (message === null) return 'unreadable';
    const { length } = message.body;
    memory.take(length);
    const sending = sender.send(this.#endpoint.view, message, this.#attempts.signal);
    return { sending: sending.finally(() => memory.give(length)) };
  }

  #tried(sent: UnderWay<Item>, result: Sent): void {
    const { clock, random } = this.#parts;
    const { item } = sent;
    item.tries += 1;
    item.firstTriedAtMs ??= Date.parse(result.attempt.at);
    const tried = { tries: item.tries, firstTriedAtMs: item.firstTriedAtMs };
    const { status, next, progress, ends } = outcomeOf(result, tried, this.#records.progress, clock, random());
    if (status === 'delivered') this.#queue.succeeded(sent, clock.elapsed());
    else this.#queue.failed(sent, clock.elapsed(), next);
    this.#record(item, status, result.attempt, progress);
    if (ends !== null) this.#end(ends.reason, ends.detail);
  }

  #record(item: Item, status: Outcome['status'], attempt: Attempt, progress: Partial<Progress>): void {
    const { clock, onAttempt, onMoved } = this.#parts;
    this.#records.tried(deliveryOf(item, this.#endpoint.id, status, [attempt], clock), progress);
    onAttempt(status === 'waiting' ? 'failed' : status);
    this.#awaited.get(item.id)?.resolve();
    this.#awaited.delete(item.id);
    if (status === 'waiting') return;
    this.#bodies.forget(item);
    this.#acknowledged.finished(item);
    onMoved('finished');
    if (this.#queue.size <= MOST_WAITING - WORTH_READING) this.#roomMade?.();
  }
}
