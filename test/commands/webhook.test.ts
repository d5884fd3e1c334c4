import { expect } from 'chai';
import { type Watermark, type WebhookCommand, webhookDecider } from '../../src/commands/webhook.ts';
import { knownWebhook } from '../../src/commands/webhook-state.ts';
import type { Fact } from '../../src/events/event-types.ts';
import { fold } from '../../src/projections/fold-stream.ts';
import type { Stored } from '../../src/projections/queries.ts';
import { domainEvent, WEBHOOK_REGISTERED as registered } from '../support/events.ts';
import { given } from '../support/given.ts';

const { organization_id, sees, watermark, ...settings } = registered.data;
const LATER: Watermark = { ...watermark, position: '7' };

const register: WebhookCommand = { type: 'RegisterWebhook', ...registered.data };
const rotate: WebhookCommand = { type: 'RotateSecret', overlapUntil: '2019-04-09T17:38:58.041Z' };
const disable: WebhookCommand = { type: 'DisableWebhook', reason: 'failing', detail: '500' };
const enable: WebhookCommand = { type: 'EnableWebhook', watermark: LATER };
const recover: WebhookCommand = { type: 'RecoverWebhook', after: watermark, rate: 5 };
const move: WebhookCommand = { type: 'MoveWatermark', watermark: LATER };
const remove: WebhookCommand = { type: 'DeleteWebhook' };

const changed: Fact = { type: 'WebhookChanged', data: { ...settings, album_id: 'a', thin: true } };
const rotated: Fact = {
  type: 'WebhookSecretRotated',
  data: { generation: 2, overlap_until: '2019-04-09T17:38:58.041Z' },
};
const disabled: Fact = {
  type: 'WebhookDisabled',
  data: { reason: 'failing', detail: '500', album_id: null, sees: 'organization' },
};
const enabled: Fact = { type: 'WebhookEnabled', data: { watermark: LATER } };
const moved: Fact = { type: 'WebhookWatermarkMoved', data: { watermark: LATER } };
const deleted: Fact = { type: 'WebhookDeleted', data: {} };

describe('a webhook', () => {
  it('is registered once', () => {
    given(webhookDecider).when(register).then(registered);
    given(webhookDecider, registered).when(register).thenRefused('webhook_exists');
    given(webhookDecider, registered, deleted).when(register).thenRefused('webhook_exists');
  });

  it('keeps the settings that a change does not name', () => {
    const change: WebhookCommand = { type: 'ChangeWebhook', changes: { album_id: 'a', thin: true } };
    given(webhookDecider, registered).when(change).then(changed);
    given(webhookDecider, registered, changed).when(change).then();
  });

  it('has a secret of the next generation after each rotation', () => {
    given(webhookDecider, registered).when(rotate).then(rotated);
    given(webhookDecider, registered, rotated)
      .when(rotate)
      .then({ ...rotated, data: { ...rotated.data, generation: 3 } } as Fact);
  });

  it('is disabled once, on record with its album', () => {
    given(webhookDecider, registered).when(disable).then(disabled);
    given(webhookDecider, registered, disabled).when(disable).then();
    given(webhookDecider, registered, changed)
      .when(disable)
      .then({ ...disabled, data: { ...disabled.data, album_id: 'a' } } as Fact);
  });

  it('is enabled from a place on, even if it is enabled', () => {
    given(webhookDecider, registered, disabled).when(enable).then(enabled);
    given(webhookDecider, registered).when(enable).then(enabled);
  });

  it('sends again only while it is enabled', () => {
    const requested: Fact = { type: 'WebhookRecoveryRequested', data: { after: watermark, rate: 5 } };
    given(webhookDecider, registered).when(recover).then(requested);
    given(webhookDecider, registered, disabled).when(recover).thenRefused('webhook_disabled');
    given(webhookDecider, registered, disabled, enabled).when(recover).then(requested);
  });

  it('sends deliveries again only while it is enabled', () => {
    const data = { deliveries: 3, ids: [] };
    const redeliver = { type: 'RedeliverWebhook', ...data } as const;
    given(webhookDecider, registered).when(redeliver).then({ type: 'WebhookRedeliveryRequested', data });
    given(webhookDecider, registered, disabled).when(redeliver).thenRefused('webhook_disabled');
  });

  it('moves its watermark only while it is enabled', () => {
    given(webhookDecider, registered).when(move).then(moved);
    given(webhookDecider, registered, disabled).when(move).then();
  });

  it('is deleted for ever', () => {
    given(webhookDecider, registered, disabled).when(remove).then(deleted);
    given(webhookDecider, registered, deleted).when(remove).then();
    for (const command of [rotate, disable, enable, recover, move]) {
      given(webhookDecider, registered, deleted).when(command).thenRefused('webhook_unknown');
    }
  });

  it('must have been registered for every other command', () => {
    for (const command of [rotate, disable, enable, recover, move, remove]) {
      given(webhookDecider).when(command).thenRefused('webhook_unknown');
    }
  });

  it('has a state that follows from its view', () => {
    const id = '3d172b54-f40f-4df9-9342-0b042fac5382';
    for (const facts of [[], [changed, rotated], [moved, disabled], [disabled, enabled], [changed, deleted]]) {
      const all = [registered, ...facts];
      const events = all.map((fact, revision) => domainEvent(`webhook-${id}`, revision, fact));
      const stored = fold('webhook', id, events) as Stored<'webhook'>;
      const state = events.reduce(webhookDecider.evolve, webhookDecider.initial);
      expect(knownWebhook(stored)).to.deep.equal({ stored, state });
    }
  });
});
