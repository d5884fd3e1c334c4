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

  /** Before more of its work is done, where it has waited for something: waits for its organization's share of the event loop. */
  goOn(): Promise<void> {
    return this.#limits.loop.goOn(this.#organizationId);
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
