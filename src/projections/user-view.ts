import type { DomainEvent } from '../events/event-types.ts';
import type { UserView } from './views.ts';

/** What an event of a `user-<uuid>` stream makes of the user's view; a removed user may be registered again. */
export function userView(view: UserView | null, event: DomainEvent, id: string): UserView {
  const { occurred_at } = event.metadata;
  if (event.type === 'UserRegistered') {
    return { id, ...event.data, registered_at: occurred_at, removed_at: null };
  }
  if (event.type === 'UserRemoved' && view !== null) return { ...view, removed_at: occurred_at };
  throw new Error(`${event.type} does not belong here`);
}
