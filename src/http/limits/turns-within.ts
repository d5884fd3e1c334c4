import { Turns } from './turns.ts';

/** The members of a party who are inside or wait. */
interface Members {
  readonly turns: Turns;
  count: number;
}

/**
 * Lets one member of a party (a caller of an organization) at a time into a narrow place: the parties take turns, and within a party its
 * members do. So neither many members nor one that floods delay another party by more than the work that is already inside.
 */
export class TurnsWithin {
  readonly #parties = new Turns(1, null);
  readonly #membersOf = new Map<string, Members>();

  /** Runs a member's work when it is its turn; gives its result. */
  async run<T>(party: string, member: string, work: () => Promise<T>): Promise<T> {
    const members = this.#membersOf.get(party) ?? { turns: new Turns(1, null), count: 0 };
    this.#membersOf.set(party, members);
    members.count += 1;
    try {
      return await members.turns.run(member, () => this.#parties.run(party, work));
    } finally {
      members.count -= 1;
      if (members.count === 0) this.#membersOf.delete(party);
    }
  }
}
