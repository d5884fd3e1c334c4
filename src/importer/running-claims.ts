import type { ReadModelReader } from '../projections/read-model.ts';
import type { LaneOfLog, Queued, QueuePlace } from '../projections/work-queries.ts';
import { type Clock, timeText } from '../time/clock.ts';
import type { ClaimClock } from './claim-clock.ts';

const STEPS = 200;
const FOUND_AT_ONCE = 100;

/** Later than any deadline. */
const FOR_EVER = '9999-12-31T23:59:59.999Z';

export interface RunningClaimsParts {
  readonly readModel: Pick<ReadModelReader, 'work' | 'getMany'>;
  /** The id of the log. */
  readonly log: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly claimClock: ClaimClock;
}

/** Reads which imports are claimed, as far as this node has not seen that as it happened. */
export class RunningClaims {
  readonly #parts: RunningClaimsParts;

  constructor(parts: RunningClaimsParts) {
    this.#parts = parts;
  }

  /** All of them. @throws {ReadModelUnavailable} */
  readAll(): Promise<void> {
    return this.#read(FOR_EVER);
  }

  /** Those whose deadline is past. @throws {ReadModelUnavailable} */
  readOverdue(): Promise<void> {
    return this.#read(timeText(this.#parts.clock.now()));
  }

  async #read(until: string): Promise<void> {
    const { readModel, log } = this.#parts;
    const lane: LaneOfLog = { log, lane: 'running' };
    let after: string | null = null;
    do {
      const { organizations, next } = await readModel.work.organizationsWithWork(lane, until, after, STEPS);
      for (const organization of organizations) await this.#readOf(organization, lane, until);
      after = next;
    } while (after !== null);
  }

  async #readOf(organizationId: string, lane: LaneOfLog, until: string): Promise<void> {
    const { readModel, claimClock } = this.#parts;
    let after: QueuePlace | null = null;
    for (;;) {
      const page: Queued[] = await readModel.work.due(lane, organizationId, until, after, FOUND_AT_ONCE);
      const unknown = page.map(({ id }) => id).filter((id) => !claimClock.knows(id));
      const views = unknown.length === 0 ? [] : (await readModel.getMany('import', unknown)).values();
      for (const stored of views) {
        // What has just ended, or cannot be read, is nobody's.
        if ('unreadable' in stored || stored.view.status !== 'running') continue;
        const { revision, view } = stored;
        claimClock.note({
          importId: view.id,
          organizationId: view.organization_id,
          // Nothing comes after a claim but what ends it.
          revision,
          worker: view.worker ?? '',
          startedMs: Date.parse(view.started_at ?? ''),
          deadlineMs: Date.parse(view.due_at ?? ''),
        });
      }
      after = page.at(-1) ?? null;
      if (page.length < FOUND_AT_ONCE) return;
    }
  }
}
