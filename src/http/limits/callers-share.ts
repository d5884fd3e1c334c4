import type { Limits } from './limits.ts';

/** What the request of a caller may use, step by step. It is one object for each request: closures in its place cost much garbage. */
export class CallersShare {
  readonly #limits: Limits;
  readonly #organizationId: string;
  readonly #caller: string;

  constructor(limits: Limits, { name, organizationId }: { readonly name: string; readonly organizationId: string }) {
    this.#limits = limits;
    this.#organizationId = organizationId;
    this.#caller = name;
  }

  /**
   * Before the first of its work is done: waits for its organization's share of the event loop.
   * @throws {Problem} 503: its time did not come
   */
  begin(): Promise<void> {
    return this.#limits.loop.begin(this.#organizationId);
  }

  /** Before more of its work is done, where it has waited for something: the same, but it is never refused. */
  goOn(): Promise<void> {
    return this.#limits.loop.goOn(this.#organizationId);
  }

  /**
   * Appends and projects once it is its organization's turn.
   * @throws {Problem} 503: its turn did not come in time
   */
  write<T>(work: () => Promise<T>): Promise<T> {
    return this.#limits.writes.run(this.#organizationId, work);
  }

  /** Inflates or zips once it is its organization's turn. */
  zip<T>(work: () => Promise<T>): Promise<T> {
    return this.#limits.zips.run(this.#organizationId, work);
  }

  /** The header fields that say what is left of the caller's rates just now. */
  rateHeaders(): [string, string][] {
    return this.#limits.rates?.headers(this.#caller) ?? [];
  }
}
