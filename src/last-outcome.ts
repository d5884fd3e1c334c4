/** How often something that failed is tried again for who asks. */
const TRY_EVERY_MS = 1_000;

/**
 * Whether something last worked. After it failed, whoever asks has it tried again: a load balancer sends nothing to a node that is not
 * ready, so that nothing else would.
 */
export class LastOutcome {
  /** Why it last failed, and how it is tried again; null where it worked, or was not done yet. */
  #failed: { readonly error: unknown; readonly again: () => Promise<unknown> } | null = null;
  #trying: Promise<void> | null = null;
  #tryAtMs = 0;

  worked(): void {
    this.#failed = null;
  }

  /** @param again the same once more, or what tells as much */
  failed(error: unknown, again: () => Promise<unknown>): void {
    this.#failed = { error, again };
  }

  /** Does it, and takes note of what comes of it. @param ofFailure the errors that tell that it does not work */
  async watch<T>(work: () => Promise<T>, ofFailure: new (...args: never[]) => Error): Promise<T> {
    try {
      const result = await work();
      this.worked();
      return result;
    } catch (error) {
      if (error instanceof ofFailure) this.failed(error, work);
      throw error;
    }
  }

  /**
   * Resolves where it last worked, or works by now. It is tried once at a time, and at most once a second.
   * @throws why it last failed
   */
  async assertWorks(): Promise<void> {
    if (this.#failed !== null && performance.now() >= this.#tryAtMs) this.#trying ??= this.#try(this.#failed.again);
    await this.#trying;
    if (this.#failed !== null) throw this.#failed.error;
  }

  async #try(again: () => Promise<unknown>): Promise<void> {
    try {
      await again();
      this.worked();
    } catch (error) {
      this.failed(error, again);
    } finally {
      this.#tryAtMs = performance.now() + TRY_EVERY_MS;
      this.#trying = null;
    }
  }
}
