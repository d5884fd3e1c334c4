/** What is waited for just now, and why, so that a time limit can say what has not answered. */
export class Awaiting {
  readonly #names: string[] = [];
  #reason: string | null = null;

  /** The outcome of `asked`, which is waited for by this name. */
  async for<T>(name: string, asked: Promise<T>): Promise<T> {
    this.#names.push(name);
    try {
      return await asked;
    } finally {
      this.#names.splice(this.#names.indexOf(name), 1);
    }
  }

  /** Notes why it takes so long. The last reason counts. */
  readonly note = (reason: string): void => {
    this.#reason = reason;
  };

  /** Why it takes so long; null: that is not known. */
  get reason(): string | null {
    return this.#reason;
  }

  /** Null: nothing. */
  get names(): string | null {
    return this.#names.length === 0 ? null : this.#names.join(' and ');
  }
}
