import { declareView, oneOf, oneOfOrNull, text, textOrNull, type ViewOf } from './declare-view.ts';

/** How an organization's Salesforce is reached, removed connections too. The id is the organization's. A secret is in no event and no view. */
export const connectionView = declareView({
  version: 9,
  name: 'connections',
  category: 'connection',
  fields: {
    id: text,
    organization_id: text,
    url: text,
    login: oneOf('jwt', 'client_credentials'),
    username: textOrNull,
    audience: textOrNull,
    client_id: textOrNull,
    /** The event that gave it these settings: another one has another secret, perhaps. */
    settings_event: text,
    status: oneOf('connected', 'removed'),
    /** Of the last pause that was not resumed. It may be over: `paused_until` says so. */
    paused_reason: oneOfOrNull('connection_refused', 'limit_exceeded', 'source_unavailable', 'asked'),
    paused_detail: textOrNull,
    paused_at: textOrNull,
    paused_until: textOrNull,
    added_at: text,
    updated_at: text,
  },
  evolve(view, event, id) {
    const { occurred_at } = event.metadata;
    if (event.type === 'ConnectionAdded') {
      // Other settings may mend what was wrong. What an operator paused stays paused.
      const { paused_reason, paused_detail, paused_at, paused_until } =
        view?.paused_reason === 'asked' ? view : NO_PAUSE;
      return {
        ...{ id, ...event.data, settings_event: event.id, status: 'connected' },
        ...{ paused_reason, paused_detail, paused_at, paused_until },
        ...{ added_at: view?.added_at ?? occurred_at, updated_at: occurred_at },
      };
    }
    if (view === null) throw new Error(`${event.type} does not belong here`);
    const changed = { ...view, updated_at: occurred_at };
    switch (event.type) {
      case 'ConnectionRemoved':
        return { ...changed, ...NO_PAUSE, status: 'removed' };
      case 'ConnectionPaused': {
        const { reason, detail, until } = event.data;
        const pause = { paused_reason: reason, paused_detail: detail, paused_at: occurred_at, paused_until: until };
        return { ...changed, ...pause };
      }
      case 'ConnectionResumed':
        return { ...changed, ...NO_PAUSE };
      default:
        throw new Error(`${event.type} does not belong here`);
    }
  },
});

const NO_PAUSE = { paused_reason: null, paused_detail: null, paused_at: null, paused_until: null } as const;

export type ConnectionView = ViewOf<typeof connectionView.fields>;
