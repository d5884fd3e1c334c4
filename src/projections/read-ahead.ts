import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Yields the results of `read`. While the caller works on one, the next is read, as long as `isWorthwhile`.
 * @param read reads until its signal aborts
 */
export async function* readAhead<T>(
  read: (signal: AbortSignal) => AsyncIterator<T>,
  signal: AbortSignal,
  isWorthwhile: () => boolean,
): AsyncGenerator<T> {
  const ending = new AbortController();
  const source = read(AbortSignal.any([signal, ending.signal]));
  try {
    let next: Promise<IteratorResult<T>> | null = null;
    for (;;) {
      const result = await (next ?? source.next());
      if (result.done === true) return;
      next = isWorthwhile() ? afterTheCaller(() => source.next()) : null;
      // If the caller stops before it takes this one, nobody else handles its error.
      next?.catch(() => {});
      yield result.value;
    }
  } finally {
    ending.abort();
    await source.return?.();
  }
}

/** Does `work` after the caller has begun its own and waits for a store: the store's thread gets its work in the first turn. */
async function afterTheCaller<T>(work: () => Promise<T>): Promise<T> {
  await nextTurn();
  await nextTurn();
  return work();
}
