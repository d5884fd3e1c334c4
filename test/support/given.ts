import { expect } from 'chai';
import { CommandRefused, type RefusalCode } from '../../src/commands/command-refused.ts';
import type { Decider } from '../../src/commands/decider.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { domainEvent } from './events.ts';

/** The language of the deciders' tests: given what has happened, when this is asked, then this happens. */
export function given<State, Command>(decider: Decider<State, Command>, ...facts: Fact[]) {
  const events = facts.map((fact, revision) => domainEvent('import-1', revision, fact));
  const state = events.reduce(decider.evolve, decider.initial);
  return {
    when: (command: Command) => ({
      // biome-ignore lint/suspicious/noThenProperty: given, when, then is the language of these tests; nothing awaits it
      then: (...expected: Fact[]) => expect(decider.decide(command, state)).to.deep.equal(expected),
      thenRefused: (code: RefusalCode) =>
        expect(() => decider.decide(command, state))
          .to.throw(CommandRefused)
          .with.property('code', code),
    }),
  };
}
