import type { Fact } from '../events/event-types.ts';

/**
 * An aggregate, as three pure things: where it begins, what an event makes of it, and which events a command asks for.
 * `decide` gives no events where there is nothing left to do, and throws `CommandRefused` where the command may not be.
 */
export interface Decider<State, Command> {
  readonly initial: State;
  readonly evolve: (state: State, event: Fact) => State;
  readonly decide: (command: Command, state: State) => readonly Fact[];
}
