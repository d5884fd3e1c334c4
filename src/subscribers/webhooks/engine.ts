import pLimit from 'p-limit';
import type { Execute } from '../../commands/execute.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { parseStreamName } from '../../events/streams.ts';
import { OutboundError } from '../../outbound/outbound-error.ts';
import { LiveViews } from '../../projections/live-views.ts';
import type { Stored } from '../../projections/queries.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import type { WebhookView } from '../../projections/views.ts';
import { type Clock, PAUSES_MS, timeText } from '../../time/clock.ts';
import { retry } from '../../time/retry.ts';
import { atMost, seldom } from '../../time/seldom.ts';
import type { Naming } from '../cloud-event.ts';
import type { Cursors } from '../cursor.ts';
import type { Feed } from '../feed/feed.ts';
import { AtOnce } from './at-once.ts';
import type { DeliveriesQuery, Delivery, DeliveryStore } from './delivery-store.ts';
import { endpointOf } from './endpoint.ts';
import { heldReason } from './held.ts';
import { Leases } from './leases.ts';
import { DeliveryMemory } from './memory.ts';
import { type Directory, endedRights } from './rights.ts';
import type { RunParts } from './run-parts.ts';
import type { Sender } from './sender.ts';
import { type Say, ServedEndpoint } from './served-endpoint.ts';
import type { Webhooks, WebhooksStanding } from './webhooks.ts';

const HOUR_MS = 3_600_000;
const KEPT_MS = 30 * 24 * HOUR_MS;
const KEPT_OF_ONE = 100_000;

/** Events and bodies of all endpoints together. */
const MEMORY_BYTES = 64 * 1024 * 1024;

/** So many endpoints begin at once. */
const AT_ONCE = 16;

/** A removed user is in everybody's directory after this time. */
const REMOVED_EVERYWHERE_MS = 500;

/** So long after a lease was taken, the node that had it before may still record a watermark. */
const HANDED_OVER_MS = 30_000;

/** So many lines of what happens to endpoints are logged in a span of time. */
const LINES = 20;
const LINES_SPAN_MS = 10_000;

export interface EngineParts {
  /** False: this node does not send. */
  readonly isOn: boolean;
  readonly log: EventLog;
  readonly readModel: ReadModelReader;
  /** Resolves once the views are level with the log. */
  readonly whenLevel: (signal: AbortSignal) => Promise<void>;
  readonly feed: Pick<Feed, 'read' | 'watch' | 'end'>;
  readonly store: DeliveryStore;
  readonly execute: Execute;
  readonly directory: Directory;
  readonly sender: Pick<Sender, 'send'>;
  readonly cursors: Cursors;
  readonly naming: Naming;
  /** The mark of this installation. */
  readonly service: string;
  readonly clock: Clock;
  /** As in `RunParts`. */
  readonly inTurn: RunParts['inTurn'];
  readonly node: string;
  readonly hasEnded: (node: string) => boolean;
  readonly random: () => number;
  readonly logger: { [level in Parameters<Say>[0]]: (fields: object, message: string) => void };
  readonly onAttempt: (outcome: 'delivered' | 'failed' | 'given_up') => void;
  /** @throws {OutboundError} nothing may be sent to the URL */
  readonly checkUrl: (url: string) => Promise<void>;
}

/** Sends webhooks: the whole of it on one node. Source: decision 0042. */
export class WebhookEngine implements Webhooks {
  readonly #parts: EngineParts;
  readonly #stopping = new AbortController();
  readonly #served = new Map<string, ServedEndpoint>();
  readonly #takenAtMs = new Map<string, number>();
  readonly #endpoints: LiveViews<'webhook'>;
  readonly #leases: Leases;
  readonly #atOnce: AtOnce;
  readonly #limited = pLimit(AT_ONCE);
  readonly #memory = new DeliveryMemory(MEMORY_BYTES);
  readonly #onTrouble: (error: unknown) => void;
  readonly #warnOfOther: (webhook: string) => void;
  /** There may be thousands of endpoints, all of which another node takes over, or which are all held. */
  readonly #say: Say;
  #unwatch: () => void = () => {};
  #cancelPruning: () => void = () => {};
  #starting: Promise<void> = Promise.resolve();

  constructor(parts: EngineParts) {
    this.#parts = parts;
    const { store, clock, node, hasEnded, logger } = parts;
    const { signal } = this.#stopping;
    this.#onTrouble = seldom((error: unknown) =>
      logger.warn({ err: error }, 'sending webhooks waits, and goes on by itself (this is said once in a while)'),
    );
    this.#warnOfOther = seldom((webhook: string) =>
      logger.warn(
        { webhook },
        'another node sends webhooks too, with a store of deliveries of its own, so that receivers get everything twice: set WEBHOOKS=off on all nodes but one, or give them one MONGODB_URL',
      ),
    );
    const few = atMost(LINES, LINES_SPAN_MS, ([level, fields, message]: Parameters<Say>, unsaid) =>
      logger[level](unsaid === 0 ? fields : { ...fields, lines_left_out: unsaid }, message),
    );
    this.#say = (...line) => few(line);
    this.#atOnce = new AtOnce({
      ...parts,
      signal,
      onGone: (endpoint) => this.#served.get(endpoint)?.disableGone(),
      sendNow: async (endpoint, deliveryId) => this.#served.get(endpoint)?.run?.sendNow(deliveryId) ?? false,
    });
    this.#endpoints = new LiveViews({
      ...parts,
      kind: 'webhook',
      isOver: ({ status }) => status === 'deleted',
      signal,
      onTrouble: this.#onTrouble,
      onChange: (stored) => this.#changed(stored),
    });
    this.#leases = new Leases({
      ...{ store, clock, node, hasEnded, onTrouble: this.#onTrouble },
      wanted: () => this.#wanted(),
      onTaken: (endpoint, from) => {
        this.#takenAtMs.set(endpoint, clock.elapsed());
        this.#served.get(endpoint)?.taken(from);
      },
      onLost: (endpoint) => {
        this.#say('warn', { webhook: endpoint }, 'this node lost its lease of a webhook, and sends nothing to it');
        this.#served.get(endpoint)?.lost();
      },
      onLive: (isLive) => {
        for (const { run } of this.#served.values()) isLive ? run?.pump() : run?.interrupt();
      },
    });
  }

  get isOn(): boolean {
    return this.#parts.isOn;
  }

  get service(): string {
    return this.#parts.service;
  }

  /** Starts to send. It waits by itself for stores that are away. */
  start(): void {
    if (this.isOn) this.#starting = this.#start().catch(this.#onTrouble);
  }

  /** Sends nothing new, waits for what is under way, records the watermarks, and gives the endpoints to other nodes. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    this.#unwatch();
    this.#cancelPruning();
    await this.#starting;
    this.#leases.takeNoMore();
    await Promise.all([...this.#served.values()].map((served) => served.stop(graceMs)));
    await this.#leases.stop();
  }

  async refusalOf(url: string): Promise<string | null> {
    try {
      await this.#parts.checkUrl(url);
      return null;
    } catch (error) {
      if (error instanceof OutboundError) return error.message;
      throw error;
    }
  }

  heldReason(view: WebhookView): Promise<string | null> {
    return heldReason(endpointOf(view), this.#parts);
  }

  ping(view: WebhookView): Promise<Delivery> {
    return this.#atOnce.ping(view);
  }

  redeliver(view: WebhookView, deliveryId: string): Promise<Delivery | null> {
    return this.#atOnce.redeliver(view, deliveryId);
  }

  deliveries(query: DeliveriesQuery): Promise<readonly Delivery[]> {
    return this.#parts.store.list(query);
  }

  standing(): WebhooksStanding {
    const endpoints = { working: 0, failing: 0, held: 0, disabled: 0, elsewhere: 0 };
    let [waiting, oldestMs] = [0, Number.POSITIVE_INFINITY];
    for (const { run, isEnabled, heldReason: held } of this.#served.values()) {
      waiting += run?.waiting ?? 0;
      oldestMs = Math.min(oldestMs, run?.oldestMs ?? Number.POSITIVE_INFINITY);
      if (!isEnabled) endpoints.disabled += 1;
      else if (held !== null) endpoints.held += 1;
      else if (run === null) endpoints.elsewhere += 1;
      else endpoints[run.isFailing ? 'failing' : 'working'] += 1;
    }
    const oldestSeconds = oldestMs === Number.POSITIVE_INFINITY ? 0 : (this.#parts.clock.now() - oldestMs) / 1_000;
    return { endpoints, waiting, oldestSeconds: Math.max(0, oldestSeconds) };
  }

  async #start(): Promise<void> {
    const { feed, whenLevel } = this.#parts;
    const { signal } = this.#stopping;
    // First, so that no change is missed while the endpoints are listed.
    this.#unwatch = feed.watch((event) => this.#happened(event));
    const ready = async () => {
      await feed.end();
      await whenLevel(signal);
    };
    await retry(ready, { when: () => !signal.aborted, pauseMs: PAUSES_MS, onFailure: this.#onTrouble, signal });
    await this.#endpoints.list();
    if (signal.aborted) return;
    this.#leases.start();
    this.#prune();
  }

  #happened(event: RecordedEvent): void {
    const name = parseStreamName(event.stream);
    if (name?.category === 'webhook') {
      if (event.type === 'WebhookWatermarkMoved') this.#watermarkMoved(name.id, event);
      this.#endpoints.apply(event);
    }
    if (name === null || (event.type !== 'UserRemoved' && event.type !== 'SecretRevoked')) return;
    const maker = `${name.category}:${name.id}`;
    this.#parts.clock.after(REMOVED_EVERYWHERE_MS, () => {
      for (const served of this.#served.values()) {
        if (served.endpoint.view.made_by === maker) served.checkRights();
      }
    });
  }

  /** A watermark that another node records for an endpoint that this node serves: the two do not see each other's leases. */
  #watermarkMoved(id: string, event: RecordedEvent): void {
    const served = this.#served.get(id);
    const takenAtMs = this.#takenAtMs.get(id) ?? 0;
    if (served?.run == null || this.#parts.clock.elapsed() - takenAtMs < HANDED_OVER_MS) return;
    if (!served.hasAskedFor(event)) this.#warnOfOther(id);
  }

  #changed(stored: Stored<'webhook'>): void {
    const { id } = stored.view;
    const served = this.#served.get(id);
    if (served !== undefined) {
      served.changed(stored);
    } else {
      const made = new ServedEndpoint(stored, {
        ...this.#parts,
        say: (...line) => this.#say(...line),
        signal: this.#stopping.signal,
        memory: this.#memory,
        maySend: () => this.#leases.isLive,
        endedRights: ({ view }) => endedRights(view, this.#parts.directory),
        onTrouble: this.#onTrouble,
        isHeld: (endpoint) => this.#leases.holds(endpoint),
        release: (endpoint) => this.#leases.release(endpoint),
        limited: this.#limited,
      });
      this.#served.set(id, made);
    }
    if (this.#served.get(id)?.isWanted && !this.#leases.holds(id)) this.#leases.hurry();
  }

  *#wanted(): Generator<string> {
    for (const [id, served] of this.#served) {
      if (served.isWanted) yield id;
      else if (served.isOver) {
        this.#served.delete(id);
        this.#takenAtMs.delete(id);
      }
    }
  }

  #prune(): void {
    const { store, clock } = this.#parts;
    store.prune(timeText(clock.now() - KEPT_MS), KEPT_OF_ONE).catch(this.#onTrouble);
    this.#cancelPruning = clock.after(HOUR_MS, () => this.#prune());
  }
}
