/** How often something that failed is tried again at most. */
const TRY_EVERY_MS = 1_000;

/**
 * Remembers whether something last worked. After a failure, `assertWorks` tries it again: a load balancer sends nothing to a node that is
 * not ready, so nothing else would.
 */
export class LastOutcome {
  /** Why it last failed, and how to try it again; null if it worked, or was not done yet. */
  #failed: { readonly error: unknown; readonly again: () => Promise<unknown> } | null = null;
  #trying: Promise<void> | null = null;
  #tryAtMs = 0;
  /** What shows whether it works, as long as nobody has done it. */
  #first: (() => Promise<unknown>) | null;

  /** @param first is tried by `assertWorks` if nothing was done yet; unless set, that counts as a success */
  constructor(first: (() => Promise<unknown>) | null = null) {
    this.#first = first;
  }

  get hasFailed(): boolean {
    return this.#failed !== null;
  }

  /** It was done, and worked. */
  worked(): void {
    this.#failed = null;
    this.#first = null;
  }

  /** @param again tries the same again, or something that shows as much */
  failed(error: unknown, again: () => Promise<unknown>): void {
    this.#failed = { error, again };
    this.#first = null;
  }

  /** Does `work` and remembers its outcome. @param ofFailure the class of errors that count as a failure */
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
   * Resolves if it last worked, or works now. One try runs at a time, and at most one a second.
   * @throws why it last failed
   */
  async assertWorks(): Promise<void> {
    const next = this.#failed?.again ?? this.#first;
    if (next !== null && performance.now() >= this.#tryAtMs) this.#trying ??= this.#try(next);
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
