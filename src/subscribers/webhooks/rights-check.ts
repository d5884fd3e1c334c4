import type { Clock } from '../../time/clock.ts';

/** What was found is used for so long. The directory's own answers are up to 0.4 s old. */
const FRESH_MS = 100;
const ASK_AGAIN_AFTER_MS = 1_000;

export interface RightsCheckParts {
  readonly clock: Clock;
  /** Why the rights have ended; null: they have not. Rejects if nobody knows. */
  readonly look: () => Promise<string | null>;
  readonly onKnown: () => void;
  readonly onEnded: (why: string) => void;
  readonly onTrouble: (error: unknown) => void;
}

/** Looks at the rights of an endpoint's maker, one look at a time. While nobody knows, nothing is sent and nothing is disabled. */
export class RightsCheck {
  readonly #parts: RightsCheckParts;
  #freshUntilMs = Number.NEGATIVE_INFINITY;
  #isLooking = false;
  #isStopped = false;
  #cancel: (() => void) | null = null;

  constructor(parts: RightsCheckParts) {
    this.#parts = parts;
  }

  get isFresh(): boolean {
    return this.#parts.clock.elapsed() < this.#freshUntilMs;
  }

  /** Looks, unless a look is under way or waits. Then `onKnown` or `onEnded` is called. */
  look(): void {
    if (this.#isLooking || this.#isStopped) return;
    this.#isLooking = true;
    void this.#look();
  }

  /** Neither `onKnown` nor `onEnded` is called after it. */
  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const { clock, look, onKnown, onEnded, onTrouble } = this.#parts;
    try {
      const ended = await look();
      this.#isLooking = false;
      if (this.#isStopped) return;
      if (ended !== null) return onEnded(ended);
      this.#freshUntilMs = clock.elapsed() + FRESH_MS;
      onKnown();
    } catch (error) {
      onTrouble(error);
      if (this.#isStopped) return;
      this.#cancel = clock.after(ASK_AGAIN_AFTER_MS, () => void this.#look());
    }
  }
}
