import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * What `read` gives, each one read while the caller works on the one before it, as long as `isWorthwhile`.
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
      // Where the caller ends before it asks for this one, nobody else would.
      next?.catch(() => {});
      yield result.value;
    }
  } finally {
    ending.abort();
    await source.return?.();
  }
}

/** Does `work` once the caller has begun its own, and waits for a store: a store's thread is handed its work in the first turn. */
async function afterTheCaller<T>(work: () => Promise<T>): Promise<T> {
  await nextTurn();
  await nextTurn();
  return work();
}
