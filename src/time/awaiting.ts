/** What is waited for just now, so that a time limit can say what has not answered. */
export class Awaiting {
  readonly #names: string[] = [];

  /** The outcome of `asked`, which is waited for by this name. */
  async for<T>(name: string, asked: Promise<T>): Promise<T> {
    this.#names.push(name);
    try {
      return await asked;
    } finally {
      this.#names.splice(this.#names.indexOf(name), 1);
    }
  }

  /** Null: nothing. */
  get names(): string | null {
    return this.#names.length === 0 ? null : this.#names.join(' and ');
  }
}
