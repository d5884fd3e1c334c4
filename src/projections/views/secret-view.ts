import { declareView, text, textOrNull, type ViewOf } from './declare-view.ts';

/** A secret that was issued to an organization. The secret itself is in no event and no view. */
export const secretView = declareView({
  version: 10,
  name: 'secrets',
  category: 'secret',
  fields: {
    id: text,
    organization_id: text,
    issued_at: text,
    revoked_at: textOrNull,
    /** The fingerprint of the key from which it is derived; null: the first key of the log. */
    key: textOrNull,
  },
  evolve(view, event, id) {
    const { occurred_at } = event.metadata;
    if (event.type === 'SecretIssued' && view === null) {
      const { organization_id, key = null } = event.data;
      return { id, organization_id, issued_at: occurred_at, revoked_at: null, key };
    }
    if (event.type === 'SecretRevoked' && view !== null) return { ...view, revoked_at: occurred_at };
    throw new Error(`${event.type} does not belong here`);
  },
});

export type SecretView = ViewOf<typeof secretView.fields>;
