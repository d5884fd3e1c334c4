import type { Clock } from '../time/clock.ts';

export interface GatheredParts {
  readonly clock: Pick<Clock, 'after'>;
  /** Resolves once the views show all that is in the log. */
  readonly whenLevel: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Gets the organizations of which the views have something new. */
  readonly onLevel: (organizations: ReadonlySet<string>) => void;
}

/** News within this time of each other are looked for together. */
const GATHER_MS = 25;

/** The views are waited for so long. What they show later, the slow poll finds. */
const LEVEL_WITHIN_MS = 2_000;

/** Gathers of which organizations there are news in the log, until the views show them. */
export class Gathered {
  readonly #parts: GatheredParts;
  #organizations = new Set<string>();
  #isGathering = false;

  constructor(parts: GatheredParts) {
    this.#parts = parts;
  }

  /** Tells `onLevel` of it soon, together with others, when the views have caught up. */
  add(organizationId: string): void {
    this.#organizations.add(organizationId);
    if (this.#isGathering || this.#parts.signal.aborted) return;
    this.#isGathering = true;
    this.#parts.clock.after(GATHER_MS, () => void this.#tell());
  }

  async #tell(): Promise<void> {
    const { clock, whenLevel, signal, onLevel } = this.#parts;
    const gathered = this.#organizations;
    this.#organizations = new Set();
    const ending = new AbortController();
    const end = () => ending.abort();
    const cancel = clock.after(LEVEL_WITHIN_MS, end);
    signal.addEventListener('abort', end);
    await whenLevel(ending.signal).catch(() => {});
    cancel();
    signal.removeEventListener('abort', end);
    this.#isGathering = false;
    onLevel(gathered);
    // What came meanwhile.
    for (const organization of this.#organizations) this.add(organization);
  }
}
