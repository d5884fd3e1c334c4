import { CommandRefused } from '../commands/command-refused.ts';
import { AppendTooLarge, StreamDeleted } from '../events/errors.ts';
import type { Credentials } from '../importer/sealed/credentials.ts';
import type { Taken } from '../redaction/redact.ts';

/** After these errors it is certain that nothing was recorded. */
const NOT_RECORDED = [CommandRefused, AppendTooLarge, StreamDeleted];

/**
 * The credentials that one request brings for an import. They are kept before it is recorded: an import that was recorded never lacks them
 * because of a crash. A request that is refused must not replace those of the request before it with the same key.
 */
export class GivenCredentials {
  readonly #sealed: Credentials;
  readonly #importId: string;
  readonly #taken: readonly Taken[];
  #areKept = false;

  constructor(sealed: Credentials, importId: string, taken: readonly Taken[]) {
    this.#sealed = sealed;
    this.#importId = importId;
    this.#taken = taken;
  }

  /** Whether to keep them would replace those of an earlier request. @throws {SealedUnavailable} */
  wouldReplace(): Promise<boolean> {
    return this.#sealed.areThere(this.#importId);
  }

  /** Called once the request is known to be new. @throws {SealedUnavailable} */
  async keep(): Promise<void> {
    await this.#sealed.keep(this.#importId, this.#taken);
    this.#areKept = true;
  }

  /** Called if the request was recorded before: they are newer, and count. @throws {SealedUnavailable} */
  async repeated(hasEnded: boolean): Promise<void> {
    if (hasEnded) await this.#forget();
    else if (!this.#areKept) await this.keep();
  }

  /** Called if the request failed. It never rejects. */
  async failed(error: unknown): Promise<void> {
    // Also if another request with the same key was first in this very moment: an import without its credentials fails, and one with those
    // of another request would send them to the wrong place.
    if (this.#areKept && NOT_RECORDED.some((known) => error instanceof known)) await this.#forget();
  }

  /** If this fails, they expire. */
  async #forget(): Promise<void> {
    await this.#sealed.forget(this.#importId).catch(() => {});
  }
}
