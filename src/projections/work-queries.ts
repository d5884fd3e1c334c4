import type { Lane } from './views/import-view.ts';

/** Asks for imports of one lane that were asked for in one log. Times are UTC, ISO 8601 with milliseconds. */
export interface LaneOfLog {
  readonly log: string;
  readonly lane: Lane;
}

/** An import in a lane. */
export interface Queued {
  readonly id: string;
  readonly organizationId: string;
  /** See the view: when it may be tried, or its deadline. */
  readonly dueAt: string;
  readonly expiresAt: string;
}

/** A place among the imports of one organization in a lane, which are in the order of `dueAt` and `id`. */
export type QueuePlace = Pick<Queued, 'dueAt' | 'id'>;

/** How much there is in a lane. */
export interface Workload {
  /** At most `most`: then there may be more. */
  readonly count: number;
  /** When the first of them expires; null if there are none. */
  readonly firstExpiresAt: string | null;
}

/** Organizations in a lane. */
export interface WithWork {
  /** Those of which something is due. */
  readonly organizations: string[];
  /** The id to go on after; null: the lane ends here. */
  readonly next: string | null;
}

/** What workers ask. Each question costs by its answer, however many imports wait. It rejects with `ReadModelUnavailable`. */
export interface WorkQueries {
  /**
   * Organizations of which something is due by now (`until`), ascending by id: the first after `after` (null: from the first). For each
   * organization in the lane there is one step, whether something is due or not: at most `steps` are made.
   */
  organizationsWithWork(lane: LaneOfLog, until: string, after: string | null, steps: number): Promise<WithWork>;

  /** Those of an organization that are due by `until`, the earliest first, after a place (null: from the first). */
  due(
    lane: LaneOfLog,
    organizationId: string,
    until: string,
    after: QueuePlace | null,
    limit: number,
  ): Promise<Queued[]>;

  /** Those of all organizations that expire after `after` (exclusive) and by `until`, the earliest first. */
  expired(lane: LaneOfLog, after: string, until: string, limit: number): Promise<Queued[]>;

  workload(lane: LaneOfLog, most: number): Promise<Workload>;
}
