/** What counts the calls of a port, so that they end before it is closed. */
export abstract class Closable {
  readonly #closed: () => Error;
  readonly #onClose: () => Promise<void>;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  /**
   * @param closed the error of calls after `close`
   * @param onClose is called once, when the last call has ended
   */
  constructor(closed: () => Error, onClose: () => Promise<void>) {
    this.#closed = closed;
    this.#onClose = onClose;
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay).then(this.#onClose);
    return this.#closing;
  }

  /** Makes a call of the port. It is refused after `close`, which waits for running calls. */
  protected async call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) throw this.#closed();
    const working = work();
    this.#underWay.add(working);
    try {
      return await working;
    } finally {
      this.#underWay.delete(working);
    }
  }
}
