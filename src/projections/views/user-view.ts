import { declareView, oneOf, text, textOrNull, type ViewOf } from './declare-view.ts';

/** A user of the API. A removed user may be registered again. */
export const userView = declareView({
  version: 9,
  name: 'users',
  category: 'user',
  fields: {
    id: text,
    organization_id: text,
    role: oneOf('member', 'operator', 'worker'),
    registered_at: text,
    removed_at: textOrNull,
  },
  evolve(view, event, id) {
    const { occurred_at } = event.metadata;
    if (event.type === 'UserRegistered') return { id, ...event.data, registered_at: occurred_at, removed_at: null };
    if (event.type === 'UserRemoved' && view !== null) return { ...view, removed_at: occurred_at };
    throw new Error(`${event.type} does not belong here`);
  },
});

export type UserView = ViewOf<typeof userView.fields>;
