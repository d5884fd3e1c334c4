import type { EventData } from '../../events/event-types.ts';
import type { EventMetadata } from '../../events/metadata.ts';
import { declareView, type Field, json, oneOf, text, textOrNull, type ViewOf } from './declare-view.ts';

const yesOrNo: Field<'yes' | 'no'> = oneOf('yes', 'no');

/** An endpoint of a subscriber, deleted ones too. Its secrets are in no event and no view. */
export const webhookView = declareView({
  version: 10,
  name: 'webhooks',
  category: 'webhook',
  fields: {
    id: text,
    organization_id: text,
    url: text,
    types: json,
    album_id: textOrNull,
    thin: yesOrNo,
    ordered: yesOrNo,
    v1a: yesOrNo,
    sees: oneOf('organization', 'everything'),
    /** Who chose its URL, and so who its rights are: `user:<uuid>` or `secret:<uuid>`. */
    made_by: text,
    status: oneOf('enabled', 'disabled', 'deleted'),
    /** Deleted endpoints are not listed. */
    is_deleted: yesOrNo,
    /** Why it is disabled, and what happened last. */
    disabled_reason: textOrNull,
    disabled_detail: textOrNull,
    /** The number of its present secret. */
    generation: text,
    /** Until when the secret before signs, too. */
    overlap_until: textOrNull,
    /** The fingerprints of the keys from which the two are derived; null: the first key of the log. */
    key: textOrNull,
    key_before: textOrNull,
    watermark: json,
    /**
     * The newest event that said from where on to send, since it was registered; null: there was none. It has the event's `id`, the place
     * `after`, the `rate`, `requested_at`, and `ends_waiting`: it was enabled, so that what waited before has ended.
     */
    recovery: { isNullable: true, isJson: true },
    created_at: text,
    updated_at: text,
  },
  list: {
    filters: ['is_deleted', 'album_id', 'sees'],
    indexes: { by_deletion: ['is_deleted'], by_deletion_and_album: ['is_deleted', 'album_id'] },
    sizedBy: 'url',
  },
  evolve(view, event, id) {
    const { occurred_at } = event.metadata;
    const caller = nameOf(event.metadata);
    if (event.type === 'WebhookRegistered' && view === null) {
      if (caller === null) throw new Error('It does not say who registered the webhook');
      return {
        id,
        organization_id: event.data.organization_id,
        ...settingsOf(event.data),
        sees: event.data.sees,
        made_by: caller,
        status: 'enabled',
        is_deleted: 'no',
        disabled_reason: null,
        disabled_detail: null,
        generation: '1',
        overlap_until: null,
        key: event.data.key ?? null,
        key_before: null,
        watermark: JSON.stringify(event.data.watermark),
        recovery: null,
        created_at: occurred_at,
        updated_at: occurred_at,
      };
    }
    if (view === null) throw new Error(`${event.type} does not belong here`);
    const changed = { ...view, updated_at: occurred_at };
    switch (event.type) {
      case 'WebhookChanged':
        return {
          ...changed,
          ...settingsOf(event.data),
          // Else somebody who is removed soon could give all webhooks a URL of their own first.
          made_by: event.data.url === view.url ? view.made_by : (caller ?? view.made_by),
        };
      case 'WebhookSecretRotated':
        return {
          ...changed,
          generation: String(event.data.generation),
          overlap_until: event.data.overlap_until,
          key: event.data.key ?? null,
          key_before: view.key,
        };
      case 'WebhookDisabled':
        return {
          ...changed,
          status: 'disabled',
          disabled_reason: event.data.reason,
          disabled_detail: event.data.detail,
        };
      case 'WebhookEnabled': {
        const { watermark: after } = event.data;
        const recovery = { id: event.id, after, rate: null, requested_at: occurred_at, ends_waiting: true };
        return {
          ...changed,
          status: 'enabled',
          disabled_reason: null,
          disabled_detail: null,
          watermark: JSON.stringify(after),
          recovery: JSON.stringify(recovery satisfies WebhookRecovery),
        };
      }
      case 'WebhookRecoveryRequested': {
        const recovery = { id: event.id, ...event.data, requested_at: occurred_at, ends_waiting: false };
        return {
          ...changed,
          watermark: JSON.stringify(earlierOf(JSON.parse(view.watermark), event.data.after)),
          recovery: JSON.stringify(recovery satisfies WebhookRecovery),
        };
      }
      case 'WebhookDeleted':
        return { ...changed, status: 'deleted', is_deleted: 'yes' };
      case 'WebhookWatermarkMoved':
        return { ...view, watermark: JSON.stringify(event.data.watermark) };
      case 'WebhookRedeliveryRequested':
        return view;
      default:
        throw new Error(`${event.type} does not belong here`);
    }
  },
});

/** The caller by whose request something happened; null: the service itself or the command line did it. */
function nameOf({ user_id, secret_id }: EventMetadata): string | null {
  if (user_id !== undefined) return `user:${user_id}`;
  return secret_id === undefined ? null : `secret:${secret_id}`;
}

/** Where sending begins again. If the store of deliveries is lost in the meantime, it begins there, too. A held endpoint stays held. */
function earlierOf(watermark: Mark, after: Mark): Mark {
  const isOfHere = watermark.log === after.log && watermark.service === after.service;
  return isOfHere && BigInt(after.position) < BigInt(watermark.position) ? after : watermark;
}

function settingsOf({ url, types, album_id, thin, ordered, v1a }: EventData['WebhookChanged']) {
  const asText = (value: boolean) => (value ? 'yes' : 'no');
  return {
    url,
    types: JSON.stringify(types),
    album_id,
    thin: asText(thin),
    ordered: asText(ordered),
    v1a: asText(v1a),
  } as const;
}

type Mark = EventData['WebhookWatermarkMoved']['watermark'];

/** From where on an endpoint sends, and why. */
export interface WebhookRecovery {
  /** The id of the event that said so. */
  readonly id: string;
  readonly after: Mark;
  /** The most deliveries a second of events before `requested_at`; null: no limit. */
  readonly rate: number | null;
  readonly requested_at: string;
  readonly ends_waiting: boolean;
}

export type WebhookView = ViewOf<typeof webhookView.fields>;
