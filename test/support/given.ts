import { expect } from 'chai';
import { CommandRefused, type RefusalCode } from '../../src/commands/command-refused.ts';
import type { Decider } from '../../src/commands/decider.ts';
import type { Fact } from '../../src/events/event-types.ts';
import type { EventMetadata } from '../../src/events/metadata.ts';
import { domainEvent, METADATA } from './events.ts';

/** What has happened, and what of its metadata is not as usual. */
export type Past = Fact & { readonly metadata?: Partial<EventMetadata> };

/** The language of the deciders' tests: given what has happened, when this is asked, then this happens. */
export function given<State, Command>(decider: Decider<State, Command>, ...facts: Past[]) {
  const events = facts.map(({ metadata, ...fact }, revision) => ({
    ...domainEvent('import-1', revision, fact as Fact),
    metadata: { ...METADATA, ...metadata },
  }));
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
