import type { ReadModelReader } from '../projections/read-model.ts';
import { type Clock, timeText } from '../time/clock.ts';
import { ClaimClock, type SeenClaim } from './claim-clock.ts';

export interface LostClaimsParts {
  readonly readModel: Pick<ReadModelReader, 'work' | 'get'>;
  /** The id of the log. */
  readonly log: string;
  readonly clock: Clock;
}

/** So many claims of an organization are timed. */
const MOST_TIMED = 200;

const FOR_EVER = timeText(Date.UTC(9999, 0));

/** Finds the claims of one organization that are lost, on a node that performs nothing itself. A claim is timed from when it is first seen. */
export class LostClaims {
  readonly #parts: LostClaimsParts;
  readonly #organizationId: string;
  readonly #claims: ClaimClock;
  /** The deadlines of those that are timed, by import. */
  readonly #timed = new Map<string, string>();

  constructor(organizationId: string, parts: LostClaimsParts) {
    this.#organizationId = organizationId;
    this.#parts = parts;
    this.#claims = new ClaimClock(parts.clock, () => false);
  }

  /** Those that are lost now. It looks at all that are running first. @throws {ReadModelUnavailable} */
  async look(): Promise<SeenClaim[]> {
    const { readModel, log } = this.#parts;
    const lane = { log, lane: 'running' } as const;
    const running = await readModel.work.due(lane, this.#organizationId, FOR_EVER, null, MOST_TIMED);
    const ids = new Set(running.map(({ id }) => id));
    for (const id of this.#timed.keys()) if (!ids.has(id)) this.forget(id);
    for (const { id, dueAt } of running) {
      if (this.#timed.get(id) !== dueAt) await this.#note(id);
    }
    return [...this.#claims.lost()];
  }

  /** In how many milliseconds the next one is lost; null: none is timed. */
  nextMs(): number | null {
    return this.#claims.nextMs();
  }

  /** The import was given back, has ended, or is lost and taken over. */
  forget(importId: string): void {
    this.#claims.forget(importId);
    this.#timed.delete(importId);
  }

  async #note(importId: string): Promise<void> {
    const stored = await this.#parts.readModel.get('import', importId, this.#organizationId);
    const { status, due_at, started_at, worker } = stored?.view ?? {};
    if (stored === null || status !== 'running' || !due_at || !started_at || !worker) return;
    this.#timed.set(importId, due_at);
    this.#claims.note({
      ...{ importId, organizationId: this.#organizationId, revision: stored.revision, worker },
      ...{ startedMs: Date.parse(started_at), deadlineMs: Date.parse(due_at) },
    });
  }
}
