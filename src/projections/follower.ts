import { EventEmitter, once } from 'node:events';
import { reasonOf } from '../errors/reason-of.ts';
import type { EventLog } from '../events/event-log.ts';
import { doubling, retry } from '../time/retry.ts';
import { whyLost } from './checkpoint-rule.ts';
import { decodeOrQuarantine } from './decode-or-quarantine.ts';
import { CheckpointLost, OtherLog } from './errors.ts';
import type { InlineProjector } from './inline-projector.ts';
import { assertOwn, ownCheckpoint } from './own-checkpoint.ts';
import { type Page, PageProjector } from './page-projector.ts';
import type { Checkpoint, ProjectorStore } from './projector-store.ts';
import { retryQuarantined } from './quarantine.ts';
import { readAhead } from './read-ahead.ts';

/** While events come without a pause, the log is asked this often for its end. */
const GOAL_EVERY_MS = 250;

/** In silence, the log is asked at most this often whether it still has what was projected last. */
const LOOK_EVERY_MS = 1_000;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** The follower's state, for health checks, metrics and queries. */
export interface FollowerStatus {
  /** It was level with the log since it last began: the views show everything up to then. */
  readonly caughtUp: boolean;
  /** The views were whole once since this node began. It may serve, even if they are late now, or are being rebuilt. */
  readonly hasStarted: boolean;
  /** The last event that is known to be in the views. */
  readonly position: bigint;
  /** The generation of the read model that this is about; null before it began. */
  readonly generation: string | null;
  /** Seconds since its last sign of life. */
  readonly heartbeatAgeSeconds: number;
  /** Seconds since it was last level with the log; 0 while it is. */
  readonly lagSeconds: number;
  /** How many events it has met, since it was started, whose type only a newer release knows. */
  readonly unknownEvents: number;
  /** Why it has stopped just now; null while it runs. */
  readonly failure: string | null;
}

export interface FollowerLogger {
  info(message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * Runs on every node, after the inline projections, and projects what a crash or an outage left out. It is a pull loop: page by page,
 * first the views, then the checkpoint. After an error it starts again from the stored checkpoint, with growing pauses, for ever.
 */
export class Follower {
  readonly #log: EventLog;
  readonly #readModel: ProjectorStore;
  readonly #inline: InlineProjector;
  readonly #pages: PageProjector;
  readonly #logger: FollowerLogger;
  readonly #stopping = new AbortController();
  /** Emits `page` after each page. */
  readonly #progress = new EventEmitter().setMaxListeners(0);
  #running: Promise<void> | null = null;
  #caughtUp = false;
  #hasStarted = false;
  #level = false;
  /** On the clock of `performance.now`, like all times here, because the time of day may be set. */
  #levelAtMs = performance.now();
  #heartbeatAtMs = performance.now();
  #position = 0n;
  #generation: string | null = null;
  #failure: string | null = null;
  /** Why the views are not those that it wrote to any more; null while they are. */
  #lost: CheckpointLost | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(log: EventLog, readModel: ProjectorStore, inline: InlineProjector, logger: FollowerLogger) {
    this.#log = log;
    this.#readModel = readModel;
    this.#inline = inline;
    this.#pages = new PageProjector(log, readModel, inline, logger);
    this.#logger = logger;
  }

  /** Follows the log until it is stopped, through all outages. */
  start(): void {
    this.#running ??= this.#run();
  }

  /**
   * Follows until it is level with the log, once.
   * @throws {LogUnavailable | ReadModelUnavailable} if a store is away: it does not start again
   */
  async untilLevel(): Promise<void> {
    const level = new AbortController();
    await this.#follow(level.signal, () => {
      if (this.#caughtUp) level.abort();
    });
  }

  /**
   * Resolves once everything in the log at the time of the call is in the views or the quarantine. It waits through outages of the read model.
   * @throws {LogUnavailable} the end of the log cannot be read
   * @throws an `AbortError` if the signal aborts or the follower is stopped
   */
  async whenLevel(signal: AbortSignal = this.#stopping.signal): Promise<void> {
    const head = await this.#log.head();
    const ending = AbortSignal.any([signal, this.#stopping.signal]);
    while (!this.#caughtUp || this.#position < head) await once(this.#progress, 'page', { signal: ending });
  }

  /** Finishes the current page and stops. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** How it stands now: what `/readyz` for operators says of the projector. */
  status(): FollowerStatus {
    return {
      caughtUp: this.#caughtUp,
      hasStarted: this.#hasStarted,
      position: this.#position,
      generation: this.#generation,
      heartbeatAgeSeconds: (performance.now() - this.#heartbeatAtMs) / 1000,
      lagSeconds: this.#level ? 0 : (performance.now() - this.#levelAtMs) / 1000,
      unknownEvents: this.#pages.unknownEvents,
      failure: this.#failure,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    await retry((_tries, gotFurther) => this.#follow(signal, gotFurther), {
      when: () => !signal.aborted,
      pauseMs: doubling(FIRST_PAUSE_MS, LONGEST_PAUSE_MS),
      onFailure: (error, pauseMs) => this.#failed(error, pauseMs),
      signal,
    }).catch(() => {});
  }

  #failed(error: unknown, pauseMs: number): void {
    this.#level = false;
    this.#failure = reasonOf(error);
    // The views no longer belong to this log: nothing of it may be written there.
    if (error instanceof OtherLog) this.#inline.pause(error);
    if (error instanceof CheckpointLost) {
      // A replay does that, too. What it is, the new views say.
      this.#lost = error;
      return;
    }
    this.#logger.warn({ err: error }, `the follower stopped and starts again in ${pauseMs} ms`);
  }

  async #follow(signal: AbortSignal, onProgress: () => void): Promise<void> {
    let from = await this.#begin();
    let goal = await this.#goal();
    let busySinceMs: number | null = null;
    const read = (reading: AbortSignal) => this.#read(from.position, reading);
    for await (const page of readAhead(read, signal, () => !this.#caughtUp)) {
      this.#heartbeatAtMs = performance.now();
      busySinceMs ??= performance.now();
      const isLevel = page.recorded.length === 0;
      if (isLevel) await this.#assertKept(from);
      if (isLevel) await this.#assertSamePast(from);
      for await (const reached of this.#pages.project(page, from)) {
        from = reached;
        this.#position = reached.position;
        this.#heartbeatAtMs = performance.now();
        onProgress();
      }
      // An empty page says that it is level. The log is asked only if events come without a pause.
      if (isLevel) goal = { position: from.position, atMs: performance.now() };
      if (isLevel) busySinceMs = null;
      if (from.position >= goal.position) {
        this.#levelAtMs = goal.atMs;
        if (!this.#caughtUp) {
          if (!from.isFilled) await this.#readModel.markFilled(from.generation);
          this.#logger.info(`the views are level with the log at position ${from.position}`);
        }
        this.#caughtUp = true;
        this.#hasStarted = true;
        if (busySinceMs !== null && performance.now() - busySinceMs >= GOAL_EVERY_MS) {
          goal = await this.#goal();
          busySinceMs = performance.now();
        }
      }
      this.#level = from.position >= goal.position;
      this.#failure = null;
      onProgress();
      this.#progress.emit('page');
    }
  }

  async *#read(after: bigint, signal: AbortSignal): AsyncGenerator<Page> {
    for await (const recorded of this.#log.follow(after, signal)) {
      yield { recorded, decoded: this.#caughtUp ? null : recorded.map(decodeOrQuarantine) };
    }
  }

  /** The present end of the log: after it, the views are level with the log as of now. */
  async #goal(): Promise<{ position: bigint; atMs: number }> {
    const atMs = performance.now();
    return { position: await this.#log.head(), atMs };
  }

  /** The checkpoint from which to continue. @throws {OtherLog} the views belong to another log */
  async #begin(): Promise<Checkpoint> {
    const checkpoint = await ownCheckpoint(this.#log, this.#readModel);
    // Only now, because earlier inline projections may have been thrown away.
    this.#inline.forget();
    this.#inline.resume();
    const isSame = checkpoint.generation === this.#generation;
    if (this.#lost !== null) this.#tellOfLoss(this.#lost, !isSame && checkpoint.isFilled);
    this.#lost = null;
    if (!isSame || checkpoint.position < this.#position) this.#caughtUp = false;
    this.#hasStarted ||= checkpoint.isFilled;
    this.#generation = checkpoint.generation;
    this.#position = checkpoint.position;
    this.#heartbeatAtMs = performance.now();
    await retryQuarantined(this.#log, this.#readModel);
    return checkpoint;
  }

  #tellOfLoss({ message }: CheckpointLost, isSwitch: boolean): void {
    if (isSwitch) this.#logger.info('the follower goes on in the views that a replay has put in place');
    else this.#logger.warn({ reason: message }, 'the views were thrown away, or put back: the follower begins again');
  }

  /** Checks that the read model was not thrown away or replaced: while the log is quiet, no write would notice it. */
  async #assertKept(from: Checkpoint): Promise<void> {
    const lost = whyLost({ from, to: from }, await this.#readModel.checkpoint());
    if (lost !== null) throw new CheckpointLost(lost);
  }

  /** Checks that the log was not replaced by another past of it: of a file that was written over, the events tell. */
  async #assertSamePast(from: Checkpoint): Promise<void> {
    if (performance.now() - this.#lookedAtMs < LOOK_EVERY_MS) return;
    await assertOwn(from, this.#log);
    this.#lookedAtMs = performance.now();
  }
}
