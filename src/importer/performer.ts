import { AppendTooLarge, LogUnavailable } from '../events/errors.ts';
import type { ImportSource } from '../events/import-events.ts';
import { ReadModelUnavailable } from '../projections/errors.ts';
import { sourceOf } from '../projections/views/import-source.ts';
import { laneOf } from '../projections/views/import-view.ts';
import { spans } from '../telemetry/tracing.ts';
import type { Clock } from '../time/clock.ts';
import { seldom } from '../time/seldom.ts';
import { Attempt, AttemptEnded, type AttemptParts } from './attempt.ts';
import { StorageUnavailable } from './blobs/blob-store.ts';
import type { Brought, Claim, Claims } from './claims.ts';
import type { Connections } from './connections.ts';
import { ImportFailure } from './import-failure.ts';
import type { Keeping } from './keeping.ts';
import type { EndedAttempt, ImportObserver } from './observer.ts';
import { SealedUnavailable } from './sealed/sealed-store.ts';

export interface PerformerParts extends AttemptParts {
  readonly claims: Pick<Claims, 'complete' | 'fail' | 'giveBack'>;
  readonly clock: Clock;
  readonly connections: Pick<Connections, 'attemptEnded'>;
  /** The import has ended: nobody needs its credentials any more. It never rejects. */
  readonly forgetCredentials: (importId: string) => Promise<void>;
  readonly keeping: Keeping;
  readonly observer: Pick<ImportObserver, 'attemptEnded'>;
  readonly logger: {
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** What came of an attempt, for whoever gives out the next. */
export type Performance = EndedAttempt['outcome'] | 'storage_unavailable';

/** So long after its deadline a result is still tried to be recorded: it counts, unless somebody has claimed the import since. */
const AFTER_DEADLINE_MS = 10_000;

/** What an attempt meets if a store of the service is away. */
const OF_STORES = [StorageUnavailable, SealedUnavailable, ReadModelUnavailable, LogUnavailable];

const LONGEST_DETAIL = 1_000;

/** Performs what was claimed: one attempt, and the record of what came of it. */
export class Performer {
  readonly #parts: PerformerParts;
  readonly #attempts = new Map<string, Attempt>();
  readonly #inSpan = spans();
  #isEnding = false;

  readonly #warnOfStores: (error: unknown) => void;

  constructor(parts: PerformerParts) {
    this.#parts = parts;
    this.#warnOfStores = seldom((err: unknown) =>
      parts.logger.warn({ err }, 'imports wait for a store of the service (this is said once in a while)'),
    );
  }

  /** The attempt at an import that is under way here. */
  attemptAt(importId: string): Attempt | null {
    return this.#attempts.get(importId) ?? null;
  }

  get attempts(): number {
    return this.#attempts.size;
  }

  /** Ends all attempts, and each that begins from now on: they are given back. */
  endAll(): void {
    this.#isEnding = true;
    for (const attempt of this.#attempts.values()) attempt.end('stopped');
  }

  /**
   * @param endsAtMs when the claim is over, on the clock that only grows
   * @throws {LogUnavailable} nobody knows whether the result is recorded
   */
  perform(claim: Claim, endsAtMs: number): Promise<Performance> {
    const { importId, attempt, traceparent } = claim;
    const attributes = {
      'imports.import_id': importId,
      'imports.attempt': attempt,
      'imports.source': kindOf(claim) ?? '',
    };
    const asked = () => ({ name: 'attempt an import', kind: 'consumer' as const, after: [traceparent], attributes });
    return this.#inSpan(asked, () => this.#perform(claim, endsAtMs));
  }

  async #perform(claim: Claim, endsAtMs: number): Promise<Performance> {
    const { clock, observer } = this.#parts;
    const beganAtMs = clock.elapsed();
    const attempt = new Attempt(claim, this.#parts);
    this.#attempts.set(claim.importId, attempt);
    if (this.#isEnding) attempt.end('stopped');
    const withinMs = () => Math.max(0, endsAtMs - clock.elapsed()) + AFTER_DEADLINE_MS;
    try {
      const { outcome, reason } = await this.#run(attempt, endsAtMs - beganAtMs, withinMs);
      const isStorage = outcome === 'retried' && reason === 'storage_unavailable';
      observer.attemptEnded({
        ...{ outcome, reason, source: kindOf(claim), bytes: attempt.bytesSoFar.received },
        seconds: (clock.elapsed() - beganAtMs) / 1_000,
      });
      return isStorage ? 'storage_unavailable' : outcome;
    } finally {
      this.#attempts.delete(claim.importId);
    }
  }

  async #run(attempt: Attempt, ms: number, withinMs: () => number): Promise<Pick<EndedAttempt, 'outcome' | 'reason'>> {
    const { claims } = this.#parts;
    const { claim } = attempt;
    let brought: Brought;
    try {
      brought = await attempt.run(ms);
    } catch (error) {
      if (!(error instanceof AttemptEnded)) return this.#fail(attempt, this.#failureOf(error, attempt), withinMs());
      const isGivenBack = error.why === 'stopped' && (await claims.giveBack(claim, attempt.calls, {}, withinMs()));
      return { outcome: isGivenBack ? 'given_back' : 'lost', reason: null };
    }
    this.#parts.keeping.worked(brought.image.bytes);
    this.#tellConnection(claim, null);
    const isRecorded = await claims.complete(claim, brought, {}, withinMs());
    if (isRecorded) await this.#ended(claim);
    return { outcome: isRecorded ? 'succeeded' : 'lost', reason: null };
  }

  async #fail(
    { claim, calls }: Attempt,
    failure: ImportFailure,
    withinMs: number,
  ): Promise<Pick<EndedAttempt, 'outcome' | 'reason'>> {
    const { claims } = this.#parts;
    const { reason } = failure;
    // First, so that nothing else is begun of it.
    this.#tellConnection(claim, failure);
    const failed = { reason, detail: failure.message.slice(0, LONGEST_DETAIL), calls };
    const outcome = await claims.fail(claim, failed, {}, withinMs).catch((error) => {
      if (!(error instanceof AppendTooLarge)) throw error;
      return claims.fail(claim, { ...failed, calls: [] }, {}, withinMs);
    });
    if (outcome === 'failed') await this.#ended(claim);
    return { outcome: outcome ?? 'lost', reason };
  }

  /** What an attempt ends with that was ended by an error. */
  #failureOf(error: unknown, { claim, bytesSoFar }: Attempt): ImportFailure {
    if (error instanceof ImportFailure) {
      // The disk of the files of imports under way.
      if (error.reason === 'storage_unavailable') this.#storesFailed(error, bytesSoFar.received, claim);
      return error;
    }
    if (OF_STORES.some((kind) => error instanceof kind)) {
      this.#storesFailed(error, bytesSoFar.received, claim);
      // Callers read it: they need not know where the stores are.
      return new ImportFailure('storage_unavailable', 'The service cannot reach its own stores just now.', {
        cause: error,
      });
    }
    this.#parts.logger.error(
      { err: error, import: claim.importId },
      'an attempt at an import failed: a fault of the service',
    );
    return new ImportFailure(
      'source_unavailable',
      'The attempt failed by a fault of the service, which has logged it.',
    );
  }

  #storesFailed(error: unknown, bytes: number, { importId }: Claim): void {
    this.#parts.keeping.failed(error, bytes, importId);
    this.#warnOfStores(error);
  }

  #tellConnection(claim: Claim, failure: ImportFailure | null): void {
    if (laneOf(claim.request) === 'salesforce') this.#parts.connections.attemptEnded(claim.organizationId, failure);
  }

  async #ended({ importId, request }: Claim): Promise<void> {
    if (laneOf(request) === 'sealed') await this.#parts.forgetCredentials(importId);
  }
}

function kindOf({ params }: Claim): ImportSource['kind'] | null {
  return sourceOf(params)?.kind ?? null;
}
