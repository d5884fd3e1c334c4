import type { Filter } from 'mongodb';
import type { Shaped } from '../../mongodb/document.ts';
import type { GatedCollection } from '../../mongodb/gated-collection.ts';
import { fromStorable, toStorable } from '../exact-text.ts';
import type { LaneOfLog, Queued, QueuePlace, WithWork, Workload, WorkQueries } from '../work-queries.ts';
import { find } from './find.ts';

/** So many documents of a lane are read in one round trip to learn which organizations are in it. They come from the index alone. */
const KEYS_PER_READ = 100;

/** What waits for workers. Each call reads ranges of one index of the queue, in its order. */
export class QueueDocuments implements WorkQueries {
  readonly #imports: GatedCollection;

  constructor(imports: GatedCollection) {
    this.#imports = imports;
  }

  /**
   * A round trip gives several organizations if they have few imports each. If one has many, the next round trip begins after it, however
   * many there are.
   */
  async organizationsWithWork(lane: LaneOfLog, until: string, after: string | null, steps: number): Promise<WithWork> {
    const sort = { organization_id: 1, due_at: 1, _id: 1 } as const;
    const projection = { _id: 0, organization_id: 1, due_at: 1 };
    const organizations: string[] = [];
    let next = after;
    for (let step = 0; ; ) {
      const filter = { ...inLane(lane), organization_id: { $gt: toStorable(next ?? '') } };
      const found = await find(this.#imports, filter, { sort, projection, limit: KEYS_PER_READ });
      for (const { organization_id, due_at } of found) {
        const id = fromStorable(organization_id);
        if (id === next) continue;
        if (step === steps) return { organizations, next };
        step += 1;
        next = id;
        if (due_at <= until) organizations.push(id);
      }
      if (found.length < KEYS_PER_READ) return { organizations, next: null };
    }
  }

  due(
    lane: LaneOfLog,
    organizationId: string,
    until: string,
    after: QueuePlace | null,
    limit: number,
  ): Promise<Queued[]> {
    const ofOne = { ...inLane(lane), organization_id: toStorable(organizationId) };
    if (after === null) return this.#queued({ ...ofOne, due_at: { $lte: until } }, { due_at: 1, _id: 1 }, limit);
    const { dueAt, id } = after;
    // The range bounds what is read of the index. The `$or` only skips those of this millisecond that came before.
    const due_at = { $gte: dueAt, $lte: until };
    const $or = [{ due_at: { $gt: dueAt } }, { due_at: dueAt, _id: { $gt: toStorable(id) } }];
    return this.#queued({ ...ofOne, due_at, $or }, { due_at: 1, _id: 1 }, limit);
  }

  expired(lane: LaneOfLog, after: string, until: string, limit: number): Promise<Queued[]> {
    return this.#queued({ ...inLane(lane), expires_at: { $gt: after, $lte: until } }, { expires_at: 1, _id: 1 }, limit);
  }

  async workload(lane: LaneOfLog, most: number): Promise<Workload> {
    const count = await this.#imports.ask((there) => there.countDocuments(inLane(lane), { limit: most }), 'documents');
    const [first] = await this.#queued({ ...inLane(lane), expires_at: { $gt: '' } }, { expires_at: 1, _id: 1 }, 1);
    return { count, firstExpiresAt: first?.expiresAt ?? null };
  }

  async #queued(filter: Filter<Shaped>, sort: Record<string, 1>, limit: number): Promise<Queued[]> {
    const projection = { organization_id: 1, due_at: 1, expires_at: 1 };
    const found = await find(this.#imports, filter, { sort, projection, limit });
    return found.map(({ _id, organization_id, due_at, expires_at }) => ({
      id: fromStorable(_id),
      organizationId: fromStorable(organization_id),
      dueAt: due_at,
      expiresAt: expires_at,
    }));
  }
}

function inLane({ log, lane }: LaneOfLog): Filter<Shaped> {
  return { log, lane };
}
