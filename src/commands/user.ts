import type { EventData, Fact } from '../events/event-types.ts';
import { CommandRefused } from './command-refused.ts';
import type { Decider } from './decider.ts';

/** Lets a user's session tokens act for an organization. */
export interface RegisterUser {
  readonly type: 'RegisterUser';
  readonly organization_id: string;
  readonly role: EventData['UserRegistered']['role'];
}

/** Removes a user: all their tokens are refused, also those that were issued before. */
export interface RemoveUser {
  readonly type: 'RemoveUser';
}

export type UserState =
  | { readonly status: 'absent' | 'removed' }
  | ({ readonly status: 'registered' } & EventData['UserRegistered']);

/** One user. Both commands may be repeated. To change a user's organization or role, remove and register the user. */
export const userDecider: Decider<UserState, RegisterUser | RemoveUser> = {
  initial: { status: 'absent' },

  evolve(state, event) {
    if (event.type === 'UserRegistered') return { status: 'registered', ...event.data };
    if (event.type === 'UserRemoved') return { status: 'removed' };
    return state;
  },

  decide(command, state): Fact[] {
    if (command.type === 'RemoveUser') {
      if (state.status === 'absent') throw new CommandRefused('user_unknown', 'No such user was ever registered.');
      return state.status === 'registered' ? [{ type: 'UserRemoved', data: {} }] : [];
    }
    const { organization_id, role } = command;
    if (state.status !== 'registered') return [{ type: 'UserRegistered', data: { organization_id, role } }];
    if (state.organization_id === organization_id && state.role === role) return [];
    throw new CommandRefused(
      'user_differs',
      `The user is already registered as ${state.role} of organization ${state.organization_id}: remove it first.`,
    );
  },
};
