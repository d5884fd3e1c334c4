import { setTimeout as sleep } from 'node:timers/promises';
import { CommandRefused, type RefusalCode } from '../commands/command-refused.ts';
import type { Execute, Executed, Known } from '../commands/execute.ts';
import { type ImportState, importDecider } from '../commands/import.ts';
import type { ImportCommand, Performed } from '../commands/import-command.ts';
import type { CommandContext } from '../commands/new-events.ts';
import { decode, isKnownType } from '../events/decode.ts';
import { LogDamaged, LogUnavailable, UndecodableEvent, WrongExpectedRevision } from '../events/errors.ts';
import type { EventLog } from '../events/event-log.ts';
import type { DomainEvent, EventData, EventType } from '../events/event-types.ts';
import type { Call, Image, ImportReason, ImportSource, Params } from '../events/import-events.ts';
import { streamName } from '../events/streams.ts';
import { doubling, retry } from '../time/retry.ts';

/** An import that a worker has. Its result counts as long as nobody has claimed the import since, and it has not ended. */
export interface Claim {
  readonly importId: string;
  readonly organizationId: string;
  /** Of its `ImportStarted`. */
  readonly revision: number;
  /** Of its `ImportStarted`: the view has it as `claim`. */
  readonly eventId: string;
  readonly attempt: number;
  readonly worker: string;
  /** In milliseconds since 1970. */
  readonly deadlineMs: number;
  readonly params: Params;
  readonly request: EventData['ImportRequested'];
  /** Of the span in which it was claimed, or of the request. */
  readonly traceparent?: string;
}

/** Who acts. `request_id` may be left out: then it is that of whoever asked for the import. */
export type Actor = Omit<CommandContext, 'request_id' | 'organization_id'> & { readonly request_id?: string };

/** How a claim is made. */
export interface ClaimOptions {
  /** Names the worker; it is new at each start. */
  readonly worker: string;
  /** How long the attempt may take. */
  readonly seconds: number;
  /** The revision of another's claim that is taken for lost; null: the import waits. */
  readonly lostClaim: number | null;
  /** Whoever acts; the service itself unless set. */
  readonly actor?: Actor;
  /** Is told why the import could not be claimed. */
  readonly onRefused?: (code: RefusalCode) => void;
}

/** What an attempt brought. */
export interface Brought {
  readonly image: Image;
  readonly source: ImportSource;
  readonly calls: readonly Call[];
}

/** How an attempt failed. */
export interface Failed {
  readonly reason: ImportReason;
  /** In words, without any credential. */
  readonly detail: string | null;
  readonly calls: readonly Call[];
  /** If it is tried again, not sooner; as the policy says unless set. */
  readonly retryAfterMs?: number;
}

export interface ClaimsParts {
  readonly execute: Execute;
  readonly log: Pick<EventLog, 'readStream'>;
  /** Which imports are performed. @throws {LogUnavailable} */
  readonly performed: () => Promise<Performed>;
  readonly random?: () => number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** A result is tried to be recorded for so long, unless the caller sets another time. */
const RESULT_WITHIN_MS = 10_000;

/** So long it is tried to find out whether an append of unknown outcome has worked. */
const LOOK_WITHIN_MS = 20_000;

const PAUSES_MS = doubling(50, 1_000);

/**
 * Claims imports, and records what came of them: the one way to do so, for the service's own importer and for workers outside. The stream
 * is the lock: see decision 0047.
 */
export class Claims {
  readonly #parts: ClaimsParts;
  readonly #now: () => number;
  readonly #random: () => number;
  /** What was known of the imports when they were claimed: mostly, nothing comes between the claim and its result. */
  readonly #fresh = new WeakMap<Claim, { readonly started: DomainEvent; readonly known: Known<ImportState> }>();

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.#random = parts.random ?? Math.random;
  }

  /**
   * Claims an import. If the outcome of the append is unknown, it looks: there is a claim only once it has been read.
   * @returns null: somebody else has the import, it is not due, it has ended, or it is not performed here
   * @throws {LogUnavailable} nobody knows: if it was claimed, that claim is lost with its time
   */
  async claim(importId: string, options: ClaimOptions): Promise<Claim | null> {
    const { worker, seconds, lostClaim, actor = {}, onRefused } = options;
    const performed = await this.#parts.performed();
    const nowMs = this.#now();
    const deadlineMs = nowMs + seconds * 1_000;
    const command: ImportCommand = { type: 'StartImport', worker, nowMs, deadlineMs, lostClaim, performed };
    /** Null: nothing was appended. */
    let history: readonly DomainEvent[] | null = null;
    const causeOf = (earlier: readonly DomainEvent[]) => {
      history = earlier;
      return askOf(earlier);
    };
    try {
      const { events, view } = await this.#execute(importId, command, actor, causeOf);
      const [started] = events;
      if (started?.type !== 'ImportStarted') return null;
      const before: readonly DomainEvent[] = history ?? [];
      const claim = claimOf(before, started);
      if (view !== null)
        this.#fresh.set(claim, { started, known: { state: stateAfter([...before, started]), stored: view } });
      return claim;
    } catch (error) {
      if (error instanceof CommandRefused) onRefused?.(error.code);
      if (error instanceof CommandRefused || error instanceof WrongExpectedRevision) return null;
      if (!(error instanceof LogUnavailable) || history === null) throw error;
      return this.#lookForClaim(importId, worker, deadlineMs);
    }
  }

  /** A claim by its event's id, if the import is still claimed by it; else null. @throws {LogUnavailable} */
  async held(importId: string, eventId: string): Promise<Claim | null> {
    const history = await this.#history(importId);
    const last = history.at(-1);
    return last?.type === 'ImportStarted' && last.id === eventId ? claimOf(history, last) : null;
  }

  /**
   * Records the image. Doing it again is no error.
   * @param withinMs how long it is tried while the log is away
   * @returns false: the claim is over. Somebody else has the import, or it has ended
   * @throws {LogUnavailable} nobody knows
   */
  async complete(claim: Claim, brought: Brought, actor: Actor = {}, withinMs = RESULT_WITHIN_MS): Promise<boolean> {
    const command = { type: 'CompleteImport', claim: claim.revision, ...brought } as const;
    return (await this.#report(claim, command, ['ImportSucceeded'], actor, withinMs)) !== null;
  }

  /**
   * Records that the attempt failed, as `complete` does. Whether it is tried again follows from the reason.
   * @returns null: the claim is over
   */
  async fail(
    claim: Claim,
    failed: Failed,
    actor: Actor = {},
    withinMs = RESULT_WITHIN_MS,
  ): Promise<'retried' | 'failed' | null> {
    const at = { claim: claim.revision, nowMs: this.#now(), random: this.#random() };
    const command = { type: 'FailAttempt', ...at, ...failed } as const;
    const result = await this.#report(claim, command, ['ImportFailed', 'ImportRetryScheduled'], actor, withinMs);
    return result && (result === 'ImportFailed' ? 'failed' : 'retried');
  }

  /** Gives the import back undone, as `complete` does: it waits, and the attempt does not count. */
  async giveBack(
    claim: Claim,
    calls: readonly Call[],
    actor: Actor = {},
    withinMs = RESULT_WITHIN_MS,
  ): Promise<boolean> {
    const command = { type: 'GiveBack', claim: claim.revision, nowMs: this.#now(), calls } as const;
    return (await this.#report(claim, command, ['ImportRetryScheduled'], actor, withinMs)) !== null;
  }

  /**
   * Fails an import that has waited for too long. Gives whether it did: it does not if the import does not wait, or not for so long.
   * @throws {LogUnavailable}
   */
  async expire(importId: string, why: Pick<Failed, 'reason' | 'detail'>): Promise<boolean> {
    const performed = await this.#parts.performed();
    const command = { type: 'ExpireImport', nowMs: this.#now(), performed, ...why } as const;
    return (await this.#execute(importId, command, {}, askOf)).events.length > 0;
  }

  #execute(
    importId: string,
    command: ImportCommand,
    actor: Actor,
    causeOf: (earlier: readonly DomainEvent[]) => DomainEvent | undefined,
    known?: Known<ImportState>,
  ): Promise<Executed> {
    const context = (earlier: readonly DomainEvent[]) => contextOf(actor, causeOf(earlier));
    const course = { known, isProbablyKnown: true };
    return this.#parts.execute(importDecider, streamName('import', importId), command, context, course);
  }

  /**
   * @param results the events that may come of it
   * @returns the type of the event that is recorded; null: the claim is over
   */
  #report(
    claim: Claim,
    command: ImportCommand,
    results: readonly EventType[],
    actor: Actor,
    withinMs: number,
  ): Promise<EventType | null> {
    const { started, known } = this.#fresh.get(claim) ?? {};
    const causeOf = (earlier: readonly DomainEvent[]) => started ?? earlier.find(({ id }) => id === claim.eventId);
    const report = async () => {
      try {
        const [result] = (await this.#execute(claim.importId, command, actor, causeOf, known)).events;
        return result?.type ?? null;
      } catch (error) {
        if (!(error instanceof CommandRefused)) throw error;
        // Either the claim is over, or an earlier try, of unknown outcome, has worked.
        const next = (await this.#history(claim.importId)).find(({ revision }) => revision > claim.revision);
        return next !== undefined && results.includes(next.type) ? next.type : null;
      }
    };
    const when = (error: unknown) => error instanceof LogUnavailable || error instanceof WrongExpectedRevision;
    return retry(report, { when, withinMs, pauseMs: PAUSES_MS });
  }

  /** @throws {LogUnavailable} */
  async #lookForClaim(importId: string, worker: string, deadlineMs: number): Promise<Claim | null> {
    // An append that is still under way may be written after the look. That claim is lost with its time.
    const look = async () => {
      const history = await this.#history(importId);
      const last = history.at(-1);
      const isOwn =
        last?.type === 'ImportStarted' && last.data.worker === worker && Date.parse(last.data.deadline) === deadlineMs;
      return isOwn ? claimOf(history, last) : null;
    };
    await sleep(PAUSES_MS(1));
    const when = (error: unknown) => error instanceof LogUnavailable;
    return retry(look, { when, withinMs: LOOK_WITHIN_MS, pauseMs: PAUSES_MS });
  }

  async #history(importId: string): Promise<DomainEvent[]> {
    const recorded = await this.#parts.log.readStream(streamName('import', importId));
    return recorded.filter(({ type }) => isKnownType(type)).map(decode);
  }
}

/** Whether an error is about the events of one import alone, which are damaged, were deleted, or cannot be read: all others go on. */
export function isOfOneImport(error: unknown): boolean {
  return error instanceof LogDamaged || error instanceof UndecodableEvent;
}

function stateAfter(events: readonly DomainEvent[]): ImportState {
  return events.reduce(importDecider.evolve, importDecider.initial);
}

/** What an attempt is made for: the request, or the last request for a retry. */
function askOf(earlier: readonly DomainEvent[]): DomainEvent | undefined {
  return earlier.findLast(({ type }) => type === 'ImportRequested' || type === 'ImportRetryRequested');
}

function contextOf(actor: Actor, cause: DomainEvent | undefined): CommandContext {
  const { organization_id, request_id = '', caller_request_id, traceparent } = cause?.metadata ?? {};
  const { $correlationId = request_id } = cause?.metadata ?? {};
  const traced = traceparent === undefined ? {} : { traceparent };
  const asked = { request_id, ...(caller_request_id !== undefined && { caller_request_id }) };
  // A worker outside has a request of its own.
  const request = actor.request_id === undefined ? asked : { request_id: actor.request_id };
  return { organization_id, ...traced, ...actor, ...request, $correlationId, $causationId: cause?.id ?? request_id };
}

function claimOf(history: readonly DomainEvent[], started: DomainEvent<'ImportStarted'>): Claim {
  const requested = history.find((event) => event.type === 'ImportRequested') as DomainEvent<'ImportRequested'>;
  const { data: request, stream } = requested;
  const { attempt, worker, deadline } = started.data;
  return {
    importId: stream.slice(stream.indexOf('-') + 1),
    organizationId: request.organization_id,
    revision: started.revision,
    eventId: started.id,
    attempt,
    worker,
    deadlineMs: Date.parse(deadline),
    params: request.params,
    request,
    traceparent: started.metadata.traceparent,
  };
}
