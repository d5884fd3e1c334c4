import type { EventData } from '../../events/event-types.ts';
import { declareView, type Field, json, oneOf, text, textOrNull, type ViewOf } from './declare-view.ts';

const yesOrNo: Field<'yes' | 'no'> = oneOf('yes', 'no');

/** An endpoint of a subscriber, deleted ones too. Its secrets are in no event and no view. */
export const webhookView = declareView({
  version: 8,
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
    /** Who made it: `user:<uuid>` or `secret:<uuid>`. */
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
    watermark: json,
    /** The newest request to send events again; null: there was none. */
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
    const { occurred_at, user_id, secret_id } = event.metadata;
    if (event.type === 'WebhookRegistered' && view === null) {
      return {
        id,
        organization_id: event.data.organization_id,
        ...settingsOf(event.data),
        sees: event.data.sees,
        made_by: user_id === undefined ? `secret:${secret_id}` : `user:${user_id}`,
        status: 'enabled',
        is_deleted: 'no',
        disabled_reason: null,
        disabled_detail: null,
        generation: '1',
        overlap_until: null,
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
        return { ...changed, ...settingsOf(event.data) };
      case 'WebhookSecretRotated':
        return { ...changed, generation: String(event.data.generation), overlap_until: event.data.overlap_until };
      case 'WebhookDisabled':
        return {
          ...changed,
          status: 'disabled',
          disabled_reason: event.data.reason,
          disabled_detail: event.data.detail,
        };
      case 'WebhookEnabled':
        return {
          ...changed,
          status: 'enabled',
          disabled_reason: null,
          disabled_detail: null,
          watermark: JSON.stringify(event.data.watermark),
          recovery: null,
        };
      case 'WebhookRecoveryRequested':
        return { ...changed, recovery: JSON.stringify({ ...event.data, id: event.id }) };
      case 'WebhookDeleted':
        return { ...changed, status: 'deleted', is_deleted: 'yes' };
      case 'WebhookWatermarkMoved':
        return { ...view, watermark: JSON.stringify(event.data.watermark) };
      default:
        throw new Error(`${event.type} does not belong here`);
    }
  },
});

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

export type WebhookView = ViewOf<typeof webhookView.fields>;
