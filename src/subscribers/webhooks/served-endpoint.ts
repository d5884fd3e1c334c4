import { CommandRefused } from '../../commands/command-refused.ts';
import type { Execute } from '../../commands/execute.ts';
import { type WebhookCommand, webhookDecider } from '../../commands/webhook.ts';
import { knownWebhook } from '../../commands/webhook-state.ts';
import { detailsOf } from '../../events/event-details.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { newId } from '../../events/new-id.ts';
import { streamName } from '../../events/streams.ts';
import type { Stored } from '../../projections/queries.ts';
import { doubling, retry } from '../../time/retry.ts';
import type { Place } from '../place.ts';
import { beginRun } from './begin-run.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';
import type { EndpointRun } from './endpoint-run.ts';
import { heldByWatermark } from './held.ts';
import { markOf } from './mark.ts';
import { type EndReason, GONE } from './outcome.ts';
import type { RunParts } from './run-parts.ts';
import { WatermarkMover } from './watermark-mover.ts';

/** How long what is under way may take before an endpoint begins anew with other settings. */
const CHANGE_GRACE_MS = 1_000;

const PAUSES = doubling(200, 10_000);

/** Logs a line, unless there were too many. */
export type Say = (level: 'info' | 'warn', fields: object, message: string) => void;

export interface ServedParts extends Omit<RunParts, 'onEnd' | 'onMoved'> {
  readonly execute: Execute;
  readonly say: Say;
  /** Ends tries that go on while a store is away. */
  readonly signal: AbortSignal;
  /** Whether this node holds the lease. */
  readonly isHeld: (endpoint: string) => boolean;
  readonly release: (endpoint: string) => Promise<void>;
  /** Does work of a few endpoints at a time: at a start, all of them ask the stores. */
  readonly limited: <T>(work: () => Promise<T>) => Promise<T>;
}

/** An endpoint as a node knows it, and its run while the node serves it. What happens to it happens in turn. */
export class ServedEndpoint {
  readonly #parts: ServedParts;
  #stored: Stored<'webhook'>;
  #endpoint: Endpoint;
  #run: EndpointRun | null = null;
  #mover: WatermarkMover | null = null;
  /** Why it is held; null: it is not, as far as this node knows. */
  #held: string | null;
  /** It is not enabled, and deliveries still wait: whoever gets its lease ends them. */
  #hasWaiting = false;
  /** Whether it is known that nothing waits. */
  #isSettled = false;
  /** The request by which this node recorded a watermark last. */
  #asked: string | null = null;
  #turn: Promise<void> = Promise.resolve();
  #willBeginAnew = false;

  constructor(stored: Stored<'webhook'>, parts: ServedParts) {
    this.#stored = stored;
    this.#parts = parts;
    this.#endpoint = endpointOf(stored.view);
    this.#held = heldByWatermark(this.#endpoint, parts);
    if (this.isEnabled) this.#tellHeld();
    else this.#lookForWaiting();
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  get run(): EndpointRun | null {
    return this.#run;
  }

  get heldReason(): string | null {
    return this.#held;
  }

  get isEnabled(): boolean {
    return this.#endpoint.view.status === 'enabled';
  }

  /** Whether this node would serve it. */
  get isWanted(): boolean {
    return this.isEnabled ? this.#held === null : this.#hasWaiting;
  }

  /** It was deleted, and nothing is left to do. */
  get isOver(): boolean {
    return this.#endpoint.view.status === 'deleted' && this.#isSettled && !this.#hasWaiting;
  }

  /** Whether this node asked to record that watermark. Another node may record the same one at the same moment. */
  hasAskedFor(event: RecordedEvent): boolean {
    return detailsOf(event).requestId === this.#asked;
  }

  /** Takes its view after a change. */
  changed(stored: Stored<'webhook'>): void {
    const before = this.#endpoint;
    this.#stored = stored;
    this.#endpoint = endpointOf(stored.view);
    const isMoved = before.recovery?.id !== this.#endpoint.recovery?.id;
    if (!this.isEnabled) {
      if (before.view.status === this.#endpoint.view.status) return;
      this.#inTurn(() => this.#stopRun(CHANGE_GRACE_MS, false));
      if (this.#parts.isHeld(this.#endpoint.id)) this.#inTurn(() => this.#endWaiting());
      else this.#lookForWaiting();
      return;
    }
    if (isMoved) {
      this.#held = heldByWatermark(this.#endpoint, this.#parts);
      this.#tellHeld();
    }
    if (!isMoved && before.isOrdered === this.#endpoint.isOrdered) {
      this.#run?.update(this.#endpoint);
      return;
    }
    // What changes before it begins anew is in what it begins with. A thousand recoveries take no more time than one.
    if (this.#willBeginAnew) return;
    this.#willBeginAnew = true;
    this.#inTurn(async () => {
      this.#willBeginAnew = false;
      await this.#stopRun(CHANGE_GRACE_MS, false);
      await this.#begin();
    });
  }

  /** This node got its lease. */
  taken(from: string | null): void {
    if (from !== null) {
      const fields = { webhook: this.#endpoint.id, from };
      this.#parts.say('info', fields, 'this node sends to a webhook instead of a node that has ended');
    }
    this.#inTurn(() => (this.isEnabled ? this.#begin() : this.#endWaiting()));
  }

  /** This node lost its lease. */
  lost(): void {
    const ended = this.#run?.abandon();
    this.#run = null;
    this.#mover?.abandon();
    this.#mover = null;
    this.#inTurn(async () => ended);
  }

  /** Looks at the rights of its maker. */
  checkRights(): void {
    this.#run?.checkRights();
  }

  /** Stops sending; records the watermark. */
  async stop(graceMs: number): Promise<void> {
    this.#inTurn(() => this.#stopRun(graceMs, true));
    await this.#turn;
  }

  /** Disables it, since its receiver answered 410 to what was sent beside the queue. */
  disableGone(): void {
    if (this.isEnabled) void this.#disable(GONE.reason, GONE.detail);
  }

  #tellHeld(): void {
    if (this.#held === null) return;
    this.#parts.say('warn', { webhook: this.#endpoint.id, reason: this.#held }, 'a webhook is held and gets nothing');
  }

  #inTurn(work: () => Promise<unknown>): void {
    this.#turn = this.#turn.then(work).then(
      () => {},
      (error) => this.#parts.onTrouble(error),
    );
  }

  /** Begins to serve it, if this node has the lease. While a store is away, it is tried again. */
  async #begin(): Promise<void> {
    const { isHeld, release, limited } = this.#parts;
    const isAsked = () => this.isWanted && isHeld(this.#endpoint.id) && this.#run === null;
    await this.#persistently(async () => {
      if (!isAsked()) return;
      const endpoint = this.#endpoint;
      const parts: RunParts = {
        ...this.#parts,
        onEnd: (reason, detail) => void this.#disable(reason, detail),
        onMoved: (how) => this.#mover?.moved(how),
      };
      const run = await limited(() => beginRun(endpoint, parts));
      if (!isAsked()) return;
      if (typeof run === 'string') {
        this.#held = run;
        this.#tellHeld();
        await release(endpoint.id);
        return;
      }
      run.update(this.#endpoint);
      this.#run = run;
      this.#mover = this.#newMover(run);
      run.start();
    });
  }

  #newMover(run: EndpointRun): WatermarkMover {
    return new WatermarkMover(BigInt(this.#endpoint.watermark.position), {
      clock: this.#parts.clock,
      place: () => run.watermark,
      record: (place) => this.#moveWatermark(place),
    });
  }

  async #stopRun(graceMs: number, isRecorded: boolean): Promise<void> {
    const [run, mover] = [this.#run, this.#mover];
    await run?.stop(graceMs);
    if (isRecorded) await mover?.stop();
    mover?.abandon();
    this.#run = null;
    this.#mover = null;
  }

  #lookForWaiting(): void {
    const { store, limited } = this.#parts;
    this.#inTurn(() =>
      this.#persistently(async () => {
        const query = { endpoint: this.#endpoint.id, status: 'waiting', limit: 1 } as const;
        const waiting = await limited(() => store.list(query));
        this.#hasWaiting = waiting.length > 0;
        this.#isSettled = true;
      }),
    );
  }

  /** Ends what waits at an endpoint that is not enabled. Only a node with its lease does: another may have enabled it meanwhile. */
  async #endWaiting(): Promise<void> {
    const { isHeld, release, store } = this.#parts;
    const { id } = this.#endpoint;
    await this.#persistently(async () => {
      if (this.isEnabled || !isHeld(id)) return;
      await store.end(id);
      this.#hasWaiting = false;
      this.#isSettled = true;
      await release(id);
    });
  }

  async #disable(reason: EndReason, detail: string): Promise<void> {
    const webhook = this.#endpoint.id;
    this.#parts.say('warn', { webhook, reason, detail }, 'a webhook is disabled');
    await this.#persistently(() => this.#execute({ type: 'DisableWebhook', reason, detail }));
  }

  async #moveWatermark(place: Place): Promise<void> {
    const { isHeld, maySend, service } = this.#parts;
    // A node that was frozen has to look first whether another one serves the endpoint by now.
    if (!isHeld(this.#endpoint.id) || !maySend()) throw new Error('the lease of the webhook is not live');
    this.#asked = newId();
    await this.#execute({ type: 'MoveWatermark', watermark: markOf(place, service) }, this.#asked);
  }

  async #execute(command: WebhookCommand, request_id = newId()): Promise<void> {
    const { view } = this.#stored;
    const context = { organization_id: view.organization_id, request_id };
    const known = knownWebhook(this.#stored);
    await this.#parts.execute(webhookDecider, streamName('webhook', view.id), command, context, { known });
  }

  async #persistently(work: () => Promise<void>): Promise<void> {
    const { signal, onTrouble } = this.#parts;
    const isRefused = (error: unknown) => error instanceof CommandRefused;
    const when = (error: unknown) => !signal.aborted && !isRefused(error);
    await retry(work, { when, pauseMs: PAUSES, onFailure: onTrouble, signal }).catch((error) => {
      // Somebody disabled or deleted it first.
      if (!isRefused(error)) onTrouble(error);
    });
  }
}
