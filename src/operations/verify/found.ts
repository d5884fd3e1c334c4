import type { LastLook } from '../last-look.ts';
import { type Finding, isOfView, type What } from './finding.ts';

type Counts = Pick<LastLook, 'faults' | 'first' | 'first_difference'> & { readonly differences: number };

/** What a backup mends. Events that no release can fold are none: the quarantine tells of them, and they can be dismissed there. */
const DAMAGE: ReadonlySet<What> = new Set(['gap', 'damaged', 'absent', 'altered']);

/** Counts what a look at everything finds. */
export class Found {
  #counts: Counts = { faults: 0, first: null, differences: 0, first_difference: null };

  get counts(): Counts {
    return this.#counts;
  }

  /** Gives the finding in words; null: it counts as neither damage nor a difference. */
  add(finding: Finding): string | null {
    const isDifference = isOfView(finding);
    if (!isDifference && !DAMAGE.has(finding.what)) return null;
    const text = textOf(finding);
    const { faults, first, differences, first_difference } = this.#counts;
    this.#counts = isDifference
      ? { faults, first, differences: differences + 1, first_difference: first_difference ?? text }
      : { faults: faults + 1, first: first ?? text, differences, first_difference };
    return text;
  }
}

function textOf({ stream, what, reason, compared }: Finding): string {
  return `${stream ?? 'the log'}: ${what}: ${reason ?? compared?.field ?? ''}`;
}
