import type { Fact } from '../events/event-types.ts';
import { CommandRefused } from './command-refused.ts';
import type { Decider } from './decider.ts';

/** Lets tokens that are signed with this secret act for an organization. The secret itself is derived and never recorded. */
export interface IssueSecret {
  readonly type: 'IssueSecret';
  readonly organization_id: string;
  /** The fingerprint of the key from which it is derived; the first key of the log unless set. */
  readonly key?: string;
}

/** Revokes a secret: tokens signed with it are refused. A revoked secret stays revoked. */
export interface RevokeSecret {
  readonly type: 'RevokeSecret';
}

export type SecretState = { readonly status: 'absent' | 'issued' | 'revoked' };

export const secretDecider: Decider<SecretState, IssueSecret | RevokeSecret> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    if (event.type === 'SecretIssued') return { status: 'issued' };
    if (event.type === 'SecretRevoked') return { status: 'revoked' };
    return state;
  },

  decide(command, state): Fact[] {
    if (command.type === 'RevokeSecret') {
      if (state.status === 'absent') throw new CommandRefused('secret_unknown', 'No such secret was ever issued.');
      return state.status === 'issued' ? [{ type: 'SecretRevoked', data: {} }] : [];
    }
    if (state.status === 'absent') {
      const { type, ...data } = command;
      return [{ type: 'SecretIssued', data }];
    }
    throw new CommandRefused('secret_exists', 'A secret with this id was issued before: issue another.');
  },
};
