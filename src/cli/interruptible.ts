/** The person at the terminal pressed Ctrl-C, and what was under way has been finished. The process ends with 130. */
export class Interrupted extends Error {
  readonly code = 'interrupted';

  constructor(reason: string) {
    super(reason);
    this.name = 'Interrupted';
  }
}

/** Runs work that stops in good order at the first Ctrl-C, by its signal. A second one ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', interrupt);
  }
}
