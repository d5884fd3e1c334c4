import type { Version } from './version.ts';

/** How long the answer to "which version is live?" is good for. */
export const LOOK_MS = 250;

/**
 * The version that is live, as this node knows it: one notion, whatever a call is for. Calls share the look that tells it, one at most
 * in so long. So once a call has met a new version, none that begins later works on the one before.
 */
export class LiveVersion {
  readonly #look: () => Promise<string | null>;
  readonly #open: (id: string | null, isSuccessor: boolean) => Version;
  #version: Version | null = null;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<Version> | null = null;
  /** Why the last look failed; null where it did not. */
  #failure: { readonly error: unknown } | null = null;

  /**
   * @param look gives the live version's id, or rejects
   * @param open the version of this id; whether it takes the place of another one that this node has worked on
   */
  constructor(look: () => Promise<string | null>, open: (id: string | null, isSuccessor: boolean) => Version) {
    this.#look = look;
    this.#open = open;
  }

  /** @throws {ReadModelUnavailable} it cannot be told which one is live */
  async current(): Promise<Version> {
    if (this.#version !== null && performance.now() - this.#lookedAtMs <= LOOK_MS) return this.#version;
    // The store was away: one call tries whether it is back, and the others need not wait to learn what is known.
    if (this.#looking !== null && this.#failure !== null) throw this.#failure.error;
    // One at a time: an answer that overtakes a later one would lead back to a version that is gone.
    this.#looking ??= this.#find().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** As `current`, but by a look that begins now. @throws {ReadModelUnavailable} */
  async afresh(): Promise<Version> {
    await this.#looking?.catch(() => {});
    this.#lookedAtMs = Number.NEGATIVE_INFINITY;
    return this.current();
  }

  async #find(): Promise<Version> {
    const beganAtMs = performance.now();
    const id = await this.#look().catch((error) => {
      this.#failure = { error };
      throw error;
    });
    this.#failure = null;
    if (this.#version?.id !== id || this.#version === null) this.#version = this.#open(id, this.#version !== null);
    this.#lookedAtMs = beganAtMs;
    return this.#version;
  }
}
