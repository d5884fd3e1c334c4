import type { DomainEvent, Fact } from '../events/event-types.ts';

/**
 * An aggregate in three pure parts: its first state, `evolve` (the state after an event) and `decide` (the events of a command).
 * `decide` gives no events if there is nothing to do, and throws `CommandRefused` if the command is not allowed.
 */
export interface Decider<State, Command> {
  readonly initial: State;
  readonly evolve: (state: State, event: DomainEvent) => State;
  readonly decide: (command: Command, state: State) => readonly Fact[];
}
