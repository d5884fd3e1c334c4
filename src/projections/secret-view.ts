import type { DomainEvent } from '../events/event-types.ts';
import type { SecretView } from './views.ts';

/** What an event of a `secret-<uuid>` stream makes of the secret's view. The secret itself is in no event and no view. */
export function secretView(view: SecretView | null, event: DomainEvent, id: string): SecretView {
  const { occurred_at } = event.metadata;
  if (event.type === 'SecretIssued' && view === null) {
    return { id, organization_id: event.data.organization_id, issued_at: occurred_at, revoked_at: null };
  }
  if (event.type === 'SecretRevoked' && view !== null) return { ...view, revoked_at: occurred_at };
  throw new Error(`${event.type} does not belong here`);
}
