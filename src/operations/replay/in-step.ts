/** What two runs have under one id; null where one has nothing. */
export interface Pair<T> {
  readonly id: string;
  readonly before: T | null;
  readonly after: T | null;
}

/** Walks two runs, both ascending by id (by its bytes in UTF-8), in step: each id once. */
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

/** What has come to its end is after everything. */
function orderOf(one: { readonly id: string } | null, other: { readonly id: string } | null): number {
  if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
  return one.id === other.id ? 0 : Buffer.compare(Buffer.from(one.id), Buffer.from(other.id));
}
