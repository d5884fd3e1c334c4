import type { Limits } from './limits.ts';

/** What a caller's request may use, step by step. It is one object for each request, since closures would make much garbage. */
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
   * Called before the first work of the request: waits for its organization's share of the event loop.
   * @throws {Problem} 503 if the wait is too long
   */
  begin(): Promise<void> {
    return this.#limits.loop.begin(this.#organizationId);
  }

  /** Called before further work, after the request has waited for something: the same, but the request is never refused. */
  resume(): Promise<void> {
    return this.#limits.loop.resume(this.#organizationId);
  }

  /**
   * Runs an append and its projection when it is its organization's turn.
   * @throws {Problem} 503 if the wait is too long
   */
  write<T>(work: () => Promise<T>): Promise<T> {
    return this.#limits.writes.run(this.#organizationId, work);
  }

  /** Inflates or zips when it is its organization's turn. */
  zip<T>(work: () => Promise<T>): Promise<T> {
    return this.#limits.zips.run(this.#organizationId, work);
  }

  /** The header fields with what is left of the caller's rates now. */
  rateHeaders(): [string, string][] {
    return this.#limits.rates?.headers(this.#caller) ?? [];
  }
}
