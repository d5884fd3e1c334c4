/**
 * Waits for something no longer than `timeoutMs`; it is not stopped by that.
 * @param timedOut the error that is thrown on time-out
 */
export async function within<T>(timeoutMs: number, awaited: Promise<T>, timedOut: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let lastTurn: NodeJS.Immediate | undefined;
  const timeOut = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // One more turn, for an answer that arrived while this thread itself was held up.
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
