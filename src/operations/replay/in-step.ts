import { idOf } from '../../projections/all-of.ts';
import type { Paged } from '../../projections/read-model.ts';

/** What two read models have under one id; null where one has nothing. */
export interface Pair {
  readonly id: string;
  readonly before: Paged | null;
  readonly after: Paged | null;
}

/** Walks two runs of views, both ascending by id, in step: each id once. */
export async function* inStep(before: AsyncIterator<Paged>, after: AsyncIterator<Paged>): AsyncGenerator<Pair> {
  let [one, other] = [await next(before), await next(after)];
  for (;;) {
    const order = orderOf(one, other);
    const first = order <= 0 ? one : other;
    if (first === null) return;
    yield { id: idOf(first), before: order <= 0 ? one : null, after: order >= 0 ? other : null };
    if (order <= 0) one = await next(before);
    if (order >= 0) other = await next(after);
  }
}

async function next(views: AsyncIterator<Paged>): Promise<Paged | null> {
  const result = await views.next();
  return result.done === true ? null : result.value;
}

/** As `page` has them: by their bytes in UTF-8; what has come to its end is behind everything. */
function orderOf(one: Paged | null, other: Paged | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  const [id, otherId] = [idOf(one), idOf(other)];
  return id === otherId ? 0 : Buffer.compare(Buffer.from(id), Buffer.from(otherId));
}
