import { CommandRefused } from './command-refused.ts';
import type { Decider } from './decider.ts';

/**
 * The same decider, for a command that is meant for an import as somebody has seen it: it refuses the command if there is a later event.
 * @param revision the last one that was seen
 */
export function unchangedSince<State, Command>(
  { initial, evolve, decide }: Decider<State, Command>,
  revision: number,
): Decider<{ readonly state: State; readonly isChanged: boolean }, Command> {
  return {
    initial: { state: initial, isChanged: false },
    evolve({ state, isChanged }, event) {
      return { state: evolve(state, event), isChanged: isChanged || event.revision > revision };
    },
    decide(command, { state, isChanged }) {
      if (!isChanged) return decide(command, state);
      throw new CommandRefused('import_changed', 'The import has changed since then.');
    },
  };
}
