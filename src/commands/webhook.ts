import type { EventData, Fact } from '../events/event-types.ts';
import { CommandRefused } from './command-refused.ts';
import type { Decider } from './decider.ts';

/** What a subscriber chooses for an endpoint. */
export type WebhookSettings = EventData['WebhookChanged'];

/** A place in the log of one installation. */
export type Watermark = EventData['WebhookWatermarkMoved']['watermark'];

export type WebhookCommand =
  | ({ readonly type: 'RegisterWebhook' } & EventData['WebhookRegistered'])
  | { readonly type: 'ChangeWebhook'; readonly changes: Partial<WebhookSettings> }
  /** The new secret signs at once; the one before signs, too, until `overlapUntil` (UTC, ISO 8601 with milliseconds). `key`: from which it is derived. */
  | { readonly type: 'RotateSecret'; readonly overlapUntil: string; readonly key?: string }
  | ({ readonly type: 'DisableWebhook' } & Omit<EventData['WebhookDisabled'], 'album_id' | 'sees'>)
  /** Sends what comes after the watermark; an enabled endpoint goes over to it, too. */
  | { readonly type: 'EnableWebhook'; readonly watermark: Watermark }
  | ({ readonly type: 'RecoverWebhook' } & EventData['WebhookRecoveryRequested'])
  | ({ readonly type: 'RedeliverWebhook' } & EventData['WebhookRedeliveryRequested'])
  | { readonly type: 'DeleteWebhook' }
  | { readonly type: 'MoveWatermark'; readonly watermark: Watermark };

export interface WebhookState {
  readonly status: 'absent' | 'enabled' | 'disabled' | 'deleted';
  readonly sees: EventData['WebhookRegistered']['sees'];
  /** Null while it is absent. */
  readonly settings: WebhookSettings | null;
  readonly generation: number;
}

/** One endpoint of a subscriber. Its secrets are derived and never recorded. */
export const webhookDecider: Decider<WebhookState, WebhookCommand> = {
  initial: { status: 'absent', sees: 'organization', settings: null, generation: 1 },

  evolve(state, event) {
    switch (event.type) {
      case 'WebhookRegistered':
        return { ...state, status: 'enabled', sees: event.data.sees, settings: settingsIn(event.data) };
      case 'WebhookChanged':
        return { ...state, settings: event.data };
      case 'WebhookSecretRotated':
        return { ...state, generation: event.data.generation };
      case 'WebhookDisabled':
        return { ...state, status: 'disabled' };
      case 'WebhookEnabled':
        return { ...state, status: 'enabled' };
      case 'WebhookDeleted':
        return { ...state, status: 'deleted' };
      default:
        return state;
    }
  },

  decide(command, { status, sees, settings, generation }): Fact[] {
    if (command.type === 'RegisterWebhook') {
      const { type, ...data } = command;
      if (status === 'absent') return [{ type: 'WebhookRegistered', data }];
      throw new CommandRefused('webhook_exists', 'A webhook with this id was registered before: choose another id.');
    }
    if (command.type === 'DeleteWebhook' && status === 'deleted') return [];
    if (settings === null || status === 'deleted') {
      throw new CommandRefused('webhook_unknown', 'There is no such webhook, or it was deleted.');
    }
    switch (command.type) {
      case 'ChangeWebhook': {
        const changed = { ...settings, ...command.changes };
        return isSame(settings, changed) ? [] : [{ type: 'WebhookChanged', data: changed }];
      }
      case 'RotateSecret': {
        const { overlapUntil: overlap_until, key } = command;
        const data = { generation: generation + 1, overlap_until, ...(key !== undefined && { key }) };
        return [{ type: 'WebhookSecretRotated', data }];
      }
      case 'DisableWebhook': {
        const { reason, detail } = command;
        if (status === 'disabled') return [];
        return [{ type: 'WebhookDisabled', data: { reason, detail, album_id: settings.album_id, sees } }];
      }
      case 'EnableWebhook':
        return [{ type: 'WebhookEnabled', data: { watermark: command.watermark } }];
      case 'RecoverWebhook': {
        const { type, ...data } = command;
        assertEnabled(status);
        return [{ type: 'WebhookRecoveryRequested', data }];
      }
      case 'RedeliverWebhook': {
        const { type, ...data } = command;
        assertEnabled(status);
        return [{ type: 'WebhookRedeliveryRequested', data }];
      }
      case 'DeleteWebhook':
        return [{ type: 'WebhookDeleted', data: {} }];
      case 'MoveWatermark':
        return status === 'enabled' ? [{ type: 'WebhookWatermarkMoved', data: { watermark: command.watermark } }] : [];
    }
  },
};

function settingsIn({ url, types, album_id, thin, ordered, v1a }: WebhookSettings): WebhookSettings {
  return { url, types, album_id, thin, ordered, v1a };
}

function isSame(one: WebhookSettings, other: WebhookSettings): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function assertEnabled(status: WebhookState['status']): void {
  if (status === 'enabled') return;
  throw new CommandRefused('webhook_disabled', 'The webhook is disabled and sends nothing: enable it first.');
}
