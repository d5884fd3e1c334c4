import type { RefusalCode } from '../commands/command-refused.ts';
import { LogUnavailable } from '../events/errors.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { PAUSES_MS } from '../time/clock.ts';
import { retry } from '../time/retry.ts';
import { seldom } from '../time/seldom.ts';
import { Brakes } from './brakes.ts';
import { ClaimClock } from './claim-clock.ts';
import { Gathered } from './gathered.ts';
import type { ImporterParts } from './importer-parts.ts';
import { type Candidate, ImportQueue } from './queue.ts';
import { RunningClaims } from './running-claims.ts';
import type { OwnImports } from './sealed/own-imports.ts';
import { meaningOf } from './seen-events.ts';
import { Slots } from './slots.ts';
import type { BytesSoFar, Standing } from './standing.ts';

/** What comes by itself, or was missed, is found within this time. */
const POLL_EVERY_MS = 5_000;

/** One of so many places is kept for organizations that have nothing under way. */
const PLACES_A_KEPT_ONE = 10;

/** Performs imports on this node: takes what waits from the read model, claims it, and gives it to the performer. It is no projector. */
export class Importer implements Standing {
  readonly #parts: ImporterParts;
  readonly #queue: ImportQueue;
  readonly #claimClock: ClaimClock;
  readonly #running: RunningClaims;
  readonly #stopping = new AbortController();
  readonly #slots: Slots;
  readonly #brakes: Brakes;
  readonly #onTrouble: (error: unknown) => void;
  readonly #news: Gathered;
  /** Only then anything is performed. */
  #isBegun = false;
  #pumping: Promise<void> | null = null;
  #isPumpedAgain = false;
  #cancelTimer = () => {};
  #cancelPoll = () => {};
  #unwatch = () => {};
  #starting: Promise<void> = Promise.resolve();

  constructor(parts: ImporterParts) {
    this.#parts = parts;
    const { clock, readModel, log, lanes, closed, lock, whenLevel, logger } = parts;
    this.#slots = new Slots(clock);
    this.#brakes = new Brakes(clock);
    this.#claimClock = new ClaimClock(clock, (worker) => lock.hasEnded(worker));
    this.#running = new RunningClaims({ readModel, log, clock, claimClock: this.#claimClock });
    this.#queue = new ImportQueue({
      ...{ work: readModel.work, log, lanes, clock },
      isBusy: (importId) => this.#slots.isBusy(importId),
      closed: (organizationId, lane) => closed(organizationId, lane, this.#slots.underWay(organizationId, lane)),
    });
    this.#news = new Gathered({
      ...{ clock, whenLevel, signal: this.#stopping.signal },
      onLevel: (organizations) => {
        for (const organization of organizations) this.#queue.noteDue(organization, clock.now());
        if (parts.own !== null) this.#offerOwn(parts.own).catch(this.#onTrouble);
        this.#pump();
      },
    });
    this.#onTrouble = seldom((err: unknown) =>
      logger.warn({ err }, 'performing imports waits, and goes on by itself (this is said once in a while)'),
    );
  }

  get isOn(): boolean {
    return this.#parts.isOn;
  }

  progressOf(importId: string): BytesSoFar | null {
    return this.#parts.performer.attemptAt(importId)?.bytesSoFar ?? null;
  }

  running(): number {
    return this.#parts.performer.attempts;
  }

  /** Starts to perform imports. It waits by itself for stores that are away. */
  start(): void {
    if (this.isOn) this.#starting = this.#start().catch(this.#onTrouble);
  }

  /** The Salesforce of an organization may be asked, or may not any more. */
  connectionChanged(organizationId: string): void {
    this.#queue.reconsider(organizationId, 'salesforce');
    this.#pump();
  }

  /** Begins nothing new, waits for what is under way for half of the time, and gives the rest back. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    this.#unwatch();
    this.#cancelPoll();
    this.#cancelTimer();
    await Promise.all([this.#starting, this.#pumping]);
    await this.#slots.whenIdle(graceMs / 2);
    this.#parts.performer.endAll();
    await this.#slots.whenIdle(graceMs / 2);
    this.#parts.lock.close();
  }

  async #start(): Promise<void> {
    const { watch, prepare, lock } = this.#parts;
    const { signal } = this.#stopping;
    // First, so that nothing is missed while the views are read.
    this.#unwatch = watch((event) => this.#happened(event));
    lock.tryTake();
    const begin = async () => {
      await prepare();
      await this.#running.readAll();
    };
    await retry(begin, { when: () => !signal.aborted, pauseMs: PAUSES_MS, onFailure: this.#onTrouble, signal });
    if (signal.aborted) return;
    this.#isBegun = true;
    await this.#poll();
  }

  async #poll(): Promise<void> {
    const { clock, lock, own } = this.#parts;
    try {
      lock.tryTake();
      await this.#running.readOverdue();
      await this.#queue.poll();
      if (own !== null) await this.#offerOwn(own);
    } catch (error) {
      this.#onTrouble(error);
    }
    if (this.#stopping.signal.aborted) return;
    this.#cancelPoll = clock.after(POLL_EVERY_MS, () => void this.#poll());
    this.#pump();
  }

  async #offerOwn(own: OwnImports): Promise<void> {
    for (const candidate of await own.due()) {
      if (!this.#slots.isBusy(candidate.importId)) this.#queue.offer(candidate);
    }
    this.#pump();
  }

  #happened(event: RecordedEvent): void {
    const meaning = meaningOf(event);
    switch (meaning?.kind) {
      case 'waits':
        this.#claimClock.forget(meaning.importId);
        if (meaning.fromMs !== null && meaning.fromMs > this.#parts.clock.now()) {
          this.#queue.noteDue(meaning.organizationId, meaning.fromMs);
          this.#pump();
        } else this.#news.add(meaning.organizationId);
        return;
      case 'claimed':
        this.#claimClock.note(meaning);
        this.#queue.drop(meaning.organizationId, meaning.importId);
        this.#endIfOver(meaning.importId, event.revision);
        return;
      case 'ended':
        this.#claimClock.forget(meaning.importId);
        this.#queue.drop(meaning.organizationId, meaning.importId);
        this.#endIfOver(meaning.importId, event.revision);
        return;
    }
  }

  /** Somebody else has the import since, or it was cancelled. */
  #endIfOver(importId: string, revision: number): void {
    const attempt = this.#parts.performer.attemptAt(importId);
    if (attempt !== null && revision > attempt.claim.revision) attempt.end('over');
  }

  /** Fills the free slots. It never rejects. */
  #pump(): void {
    if (!this.#isBegun || this.#stopping.signal.aborted) return;
    if (this.#pumping !== null) {
      this.#isPumpedAgain = true;
      return;
    }
    this.#isPumpedAgain = false;
    this.#pumping = this.#fill()
      .catch((error) => this.#stumbled('views', error))
      .finally(() => {
        this.#pumping = null;
        if (this.#isPumpedAgain) this.#pump();
        else this.#setTimer();
      });
  }

  async #fill(): Promise<void> {
    this.#slots.wake();
    for (const lost of this.#claimClock.lost()) {
      const { importId, organizationId, revision } = lost;
      if (this.#slots.isBusy(importId)) continue;
      this.#queue.offer({ importId, organizationId, lane: 'running', lostClaim: revision, place: null });
    }
    while (this.#room() > 0) {
      const candidate = await this.#queue.next(this.#hasRoom);
      this.#brakes.worked('views');
      if (candidate === null || this.#stopping.signal.aborted) return;
      this.#begin(candidate);
    }
  }

  #room(): number {
    return this.#brakes.most(this.#parts.concurrency) - this.#slots.size;
  }

  /** The last places are for organizations that have none: otherwise two with slow sources would hold all of them. */
  readonly #hasRoom = (organizationId: string): boolean => {
    const { concurrency, perOrganization } = this.#parts;
    const underWay = this.#slots.underWay(organizationId);
    if (underWay === 0) return true;
    // So few that one organization alone still gets all that it may have.
    const kept = Math.min(Math.ceil(concurrency / PLACES_A_KEPT_ONE), Math.max(0, concurrency - perOrganization));
    return underWay < perOrganization && this.#room() > kept;
  };

  #begin(candidate: Candidate): void {
    this.#slots.take(candidate);
    void this.#perform(candidate)
      .catch((error) => this.#failed(candidate, error))
      .finally(() => {
        this.#slots.free(candidate);
        this.#pump();
      });
  }

  async #perform(candidate: Candidate): Promise<void> {
    const { claims, performer, lock, clock, own, attemptSeconds: seconds } = this.#parts;
    const { importId, lostClaim } = candidate;
    if (own !== null && lostClaim !== null && !(await own.canPerform(importId))) return this.#slots.rest(importId);
    const endsAtMs = clock.elapsed() + seconds * 1_000;
    let refusal: RefusalCode | null = null;
    const onRefused = (code: RefusalCode) => {
      refusal = code;
    };
    const claim = await claims
      .claim(importId, { worker: lock.worker, seconds, lostClaim, onRefused })
      .catch((error) => {
        this.#queue.doubt(candidate);
        throw error;
      });
    this.#brakes.worked('log');
    if (claim === null) return this.#refused(candidate, refusal);
    const performance = await performer.perform(claim, endsAtMs);
    if (performance === 'storage_unavailable') this.#brakes.failed('storage');
    if (performance === 'succeeded') this.#brakes.worked('storage');
  }

  #refused(candidate: Candidate, refusal: RefusalCode | null): void {
    this.#claimClock.forget(candidate.importId);
    if (refusal === 'import_not_performed') this.#queue.pass(candidate);
    this.#slots.rest(candidate.importId);
  }

  /** If the log is there, it is this import that cannot be performed, such as one with an event that cannot be read: all others go on. */
  #failed({ importId }: Candidate, error: unknown): void {
    if (error instanceof LogUnavailable) this.#stumbled('log', error);
    else {
      this.#slots.rest(importId);
      this.#onTrouble(error);
    }
  }

  #stumbled(over: 'views' | 'log', error: unknown): void {
    this.#brakes.failed(over);
    this.#onTrouble(error);
  }

  #setTimer(): void {
    this.#cancelTimer();
    const { clock } = this.#parts;
    const { waitMs } = this.#brakes;
    const lookAtMs = this.#queue.nextMs(this.#hasRoom);
    const lostInMs = this.#claimClock.nextMs();
    const nextMs = Math.min(
      lookAtMs === null ? Number.POSITIVE_INFINITY : lookAtMs - clock.now(),
      lostInMs ?? Number.POSITIVE_INFINITY,
    );
    // A slot that becomes free pumps as well.
    if (nextMs === Number.POSITIVE_INFINITY || (waitMs === 0 && this.#room() <= 0)) return;
    this.#cancelTimer = clock.after(Math.max(waitMs, nextMs), () => this.#pump());
  }
}
