/** The items of two sequences with the same id; null if one has none. */
export interface Pair<T> {
  readonly id: string;
  readonly before: T | null;
  readonly after: T | null;
}

/** Reads two sequences in step, both ascending by id (by its bytes in UTF-8). Each id comes once. */
export async function* inStep<T extends { readonly id: string }>(
  before: AsyncIterator<T>,
  after: AsyncIterator<T>,
): AsyncGenerator<Pair<T>> {
  let [one, other] = [await next(before), await next(after)];
  for (;;) {
    const order = orderOf(one, other);
    const first = order <= 0 ? one : other;
    if (first === null) return;
    yield { id: first.id, before: order <= 0 ? one : null, after: order >= 0 ? other : null };
    if (order <= 0) one = await next(before);
    if (order >= 0) other = await next(after);
  }
}

async function next<T>(run: AsyncIterator<T>): Promise<T | null> {
  const result = await run.next();
  return result.done === true ? null : result.value;
}

/** A sequence that has ended is after every id. */
function orderOf(one: { readonly id: string } | null, other: { readonly id: string } | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  return one.id === other.id ? 0 : Buffer.compare(Buffer.from(one.id), Buffer.from(other.id));
}
