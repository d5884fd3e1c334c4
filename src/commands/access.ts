import type { EventData, Fact } from '../events/event-types.ts';
import type { Decider } from './decider.ts';

/** What is recorded in the stream of access: each command is the event in the imperative. What makes a log records that itself, in the log. */
const EVENTS = {
  IntroduceKey: 'KeyIntroduced',
  RetireKey: 'KeyRetired',
  ResealSecrets: 'SecretsResealed',
  MintToken: 'TokenMinted',
  ExportLog: 'LogExported',
  LoadEvents: 'EventsLoaded',
  BackUpLog: 'LogBackedUp',
  AdoptStore: 'StoreAdopted',
} as const;

type Events = typeof EVENTS;

export type RecordAccess = {
  [C in keyof Events]: { readonly type: C; readonly data: EventData[Events[C]] };
}[keyof Events];

export interface AccessState {
  /** The fingerprints of the keys on which something of this log may hang, oldest first. */
  readonly keys: readonly string[];
}

/** Who had access to the log past the API: with its key, its files, or its server. */
export const accessDecider: Decider<AccessState, RecordAccess> = {
  initial: { keys: [] },

  evolve(state, event) {
    switch (event.type) {
      case 'KeyIntroduced':
        return { keys: [...state.keys.filter((key) => key !== event.data.key), event.data.key] };
      case 'KeyRetired':
        return { keys: state.keys.filter((key) => key !== event.data.key) };
      default:
        return state;
    }
  },

  decide(command, { keys }): Fact[] {
    if (command.type === 'IntroduceKey' && keys.includes(command.data.key)) return [];
    if (command.type === 'RetireKey' && !keys.includes(command.data.key)) return [];
    return [{ type: EVENTS[command.type], data: command.data } as Fact];
  },
};
