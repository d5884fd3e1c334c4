import { type RegisterUser, userDecider } from '../../src/commands/user.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { given } from '../support/given.ts';

const ORGANIZATION = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
const register: RegisterUser = { type: 'RegisterUser', organization_id: ORGANIZATION, role: 'member' };
const remove = { type: 'RemoveUser' } as const;
const registered: Fact = { type: 'UserRegistered', data: { organization_id: ORGANIZATION, role: 'member' } };
const removed: Fact = { type: 'UserRemoved', data: {} };

describe('a user', () => {
  it('is registered in an organization with a role', () => {
    given(userDecider).when(register).then(registered);
  });

  it('needs no event if they are registered again in the same way', () => {
    given(userDecider, registered).when(register).then();
  });

  it('is not moved to another organization while registered', () => {
    const elsewhere = { ...register, organization_id: 'a3b1f2f0-0000-4000-8000-000000000000' };
    given(userDecider, registered).when(elsewhere).thenRefused('user_differs');
  });

  it('is not given another role while registered', () => {
    given(userDecider, registered)
      .when({ ...register, role: 'operator' })
      .thenRefused('user_differs');
  });

  it('is removed', () => {
    given(userDecider, registered).when(remove).then(removed);
  });

  it('needs no event if they are removed again', () => {
    given(userDecider, registered, removed).when(remove).then();
  });

  it('cannot be removed if they were never registered', () => {
    given(userDecider).when(remove).thenRefused('user_unknown');
  });

  it('may be registered again after they were removed, in another organization too', () => {
    const elsewhere = { ...register, organization_id: 'a3b1f2f0-0000-4000-8000-000000000000' };
    given(userDecider, registered, removed)
      .when(elsewhere)
      .then({ type: 'UserRegistered', data: { organization_id: elsewhere.organization_id, role: 'member' } });
  });
});
