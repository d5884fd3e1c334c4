/**
 * Waits for a promise at most `timeoutMs`. The time limit does not stop its work.
 * @param timedOut the error that is thrown on time-out
 */
export async function within<T>(timeoutMs: number, awaited: Promise<T>, timedOut: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let lastTurn: NodeJS.Immediate | undefined;
  const timeOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // One more turn, for an answer that arrived while this thread itself was busy.
      lastTurn = setImmediate(() => reject(timedOut()));
    }, timeoutMs);
  });
  try {
    return await Promise.race([awaited, timeOut]);
  } finally {
    clearTimeout(timer);
    clearImmediate(lastTurn);
  }
}
