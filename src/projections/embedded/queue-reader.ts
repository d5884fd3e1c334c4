import type { StatementSync } from 'node:sqlite';
import { fromStorable, toStorable } from '../exact-text.ts';
import { importView } from '../views/import-view.ts';
import type { LaneOfLog, Queued, QueuePlace, WithWork, Workload, WorkQueries } from '../work-queries.ts';
import type { Row } from './columns.ts';

/**
 * Each statement reads one range of one index of the queue, which it names, so that SQLite never chooses another one. The indexes hold only
 * what waits or runs: each statement says so.
 */
const BY_DUE = `FROM ${importView.name} INDEXED BY ${importView.name}_by_due WHERE log = ? AND lane = ? AND due_at IS NOT NULL`;
const BY_EXPIRY = `FROM ${importView.name} INDEXED BY ${importView.name}_by_expiry WHERE log = ? AND lane = ? AND expires_at IS NOT NULL`;

const QUEUED = 'SELECT id, organization_id, due_at, expires_at';

/** What is due first of the first organization after another one. */
export const NEXT_ORGANIZATION = `SELECT organization_id, due_at ${BY_DUE} AND organization_id > ?
  ORDER BY organization_id, due_at, id LIMIT 1`;
export const DUE = `${QUEUED} ${BY_DUE} AND organization_id = ? AND due_at <= ? AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT ?`;
export const EXPIRED = `${QUEUED} ${BY_EXPIRY} AND expires_at > ? AND expires_at <= ? ORDER BY expires_at, id LIMIT ?`;
export const WORKLOAD = `SELECT count(*), min(expires_at) FROM (SELECT expires_at ${BY_EXPIRY} ORDER BY expires_at LIMIT ?)`;

/** Reads what waits for workers, on the caller's thread. */
export class QueueReader {
  readonly #prepare: (sql: string) => StatementSync;

  /** @param prepare gives a statement that returns arrays */
  constructor(prepare: (sql: string) => StatementSync) {
    this.#prepare = prepare;
  }

  organizationsWithWork({ log, lane }: LaneOfLog, until: string, after: string | null, steps: number): WithWork {
    const organizations: string[] = [];
    let next = after;
    for (let step = 0; step < steps; step += 1) {
      const row = this.#prepare(NEXT_ORGANIZATION).get(log, lane, toStorable(next ?? '')) as Row | undefined;
      if (row === undefined) return { organizations, next: null };
      next = fromStorable(row[0]);
      if ((row[1] as string) <= until) organizations.push(next);
    }
    return { organizations, next };
  }

  due(
    { log, lane }: LaneOfLog,
    organizationId: string,
    until: string,
    after: QueuePlace | null,
    limit: number,
  ): Queued[] {
    const place = [after?.dueAt ?? '', toStorable(after?.id ?? '')];
    return this.#queued(DUE, log, lane, toStorable(organizationId), until, ...place, limit);
  }

  expired({ log, lane }: LaneOfLog, after: string, until: string, limit: number): Queued[] {
    return this.#queued(EXPIRED, log, lane, after, until, limit);
  }

  workload({ log, lane }: LaneOfLog, most: number): Workload {
    const [count, firstExpiresAt] = this.#prepare(WORKLOAD).get(log, lane, most) as unknown as Row;
    return { count: count as number, firstExpiresAt: firstExpiresAt as string | null };
  }

  #queued(sql: string, ...parameters: (string | number)[]): Queued[] {
    const rows = this.#prepare(sql).all(...parameters) as unknown as Row[];
    return rows.map(([id, organizationId, dueAt, expiresAt]) => ({
      id: fromStorable(id),
      organizationId: fromStorable(organizationId),
      dueAt: dueAt as string,
      expiresAt: expiresAt as string,
    }));
  }
}

/** The port over a way to read. @param read gives `nothing` if there are no views */
export function workOver(read: <T>(work: (queue: QueueReader) => T, nothing: T) => Promise<T>): WorkQueries {
  return {
    organizationsWithWork: (...asked) =>
      read((queue) => queue.organizationsWithWork(...asked), { organizations: [], next: null }),
    due: (...asked) => read((queue) => queue.due(...asked), []),
    expired: (...asked) => read((queue) => queue.expired(...asked), []),
    workload: (...asked) => read((queue) => queue.workload(...asked), { count: 0, firstExpiresAt: null }),
  };
}
