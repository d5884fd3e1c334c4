import { IMPORT_LIFETIME_MS, type ImportReason } from '../events/import-events.ts';
import type { ReadModelReader } from '../projections/read-model.ts';
import { WAITING_LANES, type WaitingLane } from '../projections/views/import-view.ts';
import type { ImportView } from '../projections/views.ts';
import { type Clock, timeText } from '../time/clock.ts';
import { type Claims, type Failed, isOfOneImport } from './claims.ts';
import type { ConnectionStanding, Connections } from './connections.ts';
import type { Mark } from './mark.ts';
import type { ImportObserver } from './observer.ts';

export interface ExpiryParts {
  readonly readModel: Pick<ReadModelReader, 'work' | 'getMany'>;
  readonly claims: Pick<Claims, 'expire'>;
  readonly connections: Pick<Connections, 'standing'>;
  /** Null: nobody has performed any import here so far, so that nothing ends. */
  readonly mark: () => Promise<Mark | null>;
  readonly clock: Pick<Clock, 'now'>;
  readonly observer: Pick<ImportObserver, 'expired'>;
  /** Nobody needs its credentials any more. It never rejects. */
  readonly forgetCredentials: (importId: string) => Promise<void>;
}

/** What callers are told of such a pause: whoever made it may have written its reason for operators alone. */
export const PAUSED_BY_OPERATORS = 'The operators paused the connection.';

const FOUND_AT_ONCE = 100;

/** So much the clocks of nodes may differ from each other: near the mark, the place in the log tells what is performed. */
const CLOCKS_DIFFER_MS = 10 * 60_000;

/** A worker may have had an import when it expired, and give it back: it is looked for again for so long. */
const LOOKED_AGAIN_MS = 60 * 60_000;

/** Fails the imports that have waited for too long, with the reason for which they wait. */
export class Expiry {
  readonly #parts: ExpiryParts;
  /** Up to there, all that are performed here have ended. */
  readonly #done = new Map<WaitingLane, string>();

  constructor(parts: ExpiryParts) {
    this.#parts = parts;
  }

  /** @throws {LogUnavailable | ReadModelUnavailable} */
  async run(signal: AbortSignal): Promise<void> {
    const mark = await this.#parts.mark();
    if (mark === null) return;
    for (const lane of WAITING_LANES) await this.#expire(lane, mark, signal);
  }

  async #expire(lane: WaitingLane, { performed, madeAt }: Mark, signal: AbortSignal): Promise<void> {
    const { readModel, clock } = this.#parts;
    const nowMs = clock.now();
    // What was asked for before the mark waits for ever.
    const first = timeText(Date.parse(madeAt) - CLOCKS_DIFFER_MS + IMPORT_LIFETIME_MS);
    let after = this.#done.get(lane) ?? first;
    let limit = FOUND_AT_ONCE;
    while (!signal.aborted) {
      const page = await readModel.work.expired({ log: performed.log, lane }, after, timeText(nowMs), limit);
      const views = await readModel.getMany(
        'import',
        page.map(({ id }) => id),
      );
      for (const { id } of page) {
        const stored = views.get(id);
        if (stored !== undefined && 'view' in stored) await this.#fail(stored.view, lane);
      }
      if (page.length < limit) {
        const doneMs = Math.max(Date.parse(first), nowMs - LOOKED_AGAIN_MS);
        this.#done.set(lane, timeText(doneMs));
        return;
      }
      // There may be more that expire together with the last.
      const lastAt = page.at(-1)?.expiresAt ?? '';
      const before = page.findLast(({ expiresAt }) => expiresAt < lastAt);
      if (before === undefined) limit *= 2;
      else after = before.expiresAt;
    }
  }

  async #fail(view: ImportView, lane: WaitingLane): Promise<void> {
    const { claims, connections, observer, forgetCredentials } = this.#parts;
    const standing = lane === 'salesforce' ? connections.standing(view.organization_id) : null;
    const why = whyItWaits(view, lane, standing);
    try {
      if (!(await claims.expire(view.id, why))) return;
    } catch (error) {
      // The scrub, `verify` or the follower tells of it.
      if (isOfOneImport(error)) return;
      throw error;
    }
    observer.expired(why.reason);
    if (lane === 'sealed') await forgetCredentials(view.id);
  }
}

function whyItWaits(
  { reason, detail }: ImportView,
  lane: WaitingLane,
  standing: ConnectionStanding | null,
): Pick<Failed, 'reason' | 'detail'> {
  if (standing?.kind === 'missing' || standing?.kind === 'removed') {
    return { reason: 'connection_missing', detail: 'The organization has no connection to Salesforce.' };
  }
  if (standing?.kind === 'paused') {
    if (standing.reason === 'asked') return { reason: 'connection_refused', detail: PAUSED_BY_OPERATORS };
    return { reason: standing.reason, detail: standing.detail };
  }
  if (standing?.kind === 'unusable') return { reason: 'connection_refused', detail: standing.detail };
  if (reason !== null) return { reason: reason as ImportReason, detail };
  if (lane === 'sealed') {
    return { reason: 'credentials_gone', detail: 'No worker that has its credentials came to it in time.' };
  }
  return { reason: 'worker_lost', detail: 'No worker came to it in time.' };
}
