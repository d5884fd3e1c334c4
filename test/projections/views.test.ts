import { expect } from 'chai';
import type { Fact } from '../../src/events/event-types.ts';
import { viewOf } from '../../src/projections/fold.ts';
import { fold } from '../../src/projections/fold-stream.ts';
import {
  domainEvent,
  IMPORT_REQUESTED,
  METADATA,
  USER_REGISTERED,
  USER_REMOVED,
  WEBHOOK_REGISTERED,
} from '../support/events.ts';

const ID = '3d172b54-f40f-4df9-9342-0b042fac5382';
const LATER = '2020-01-01T00:00:00.000Z';

describe('a view', () => {
  it('of an import shows what was requested, and when', () => {
    const stored = fold('import', ID, [domainEvent(`import-${ID}`, 0, IMPORT_REQUESTED)]);
    expect(stored?.revision).to.equal(0);
    expect(stored?.view).to.include({
      id: ID,
      organization_id: METADATA.organization_id,
      image_id: null,
      import_type: 'salesforce',
      album_id: '5005800000HEXCtAAP',
      params: JSON.stringify(IMPORT_REQUESTED.data.params),
      created_at: METADATA.occurred_at,
      updated_at: METADATA.occurred_at,
    });
  });

  it('of a user shows when they were removed, and forgets it when they are registered again', () => {
    const stream = `user-${ID}`;
    const registered = domainEvent(stream, 0, USER_REGISTERED);
    const removed = domainEvent(stream, 1, USER_REMOVED, LATER);
    const again = domainEvent(stream, 2, USER_REGISTERED, LATER);
    expect(fold('user', ID, [registered, removed])).to.deep.include({
      revision: 1,
      view: {
        id: ID,
        ...USER_REGISTERED.data,
        registered_at: METADATA.occurred_at,
        removed_at: LATER,
      },
    });
    expect(fold('user', ID, [registered, removed, again])?.view).to.include({ registered_at: LATER, removed_at: null });
  });

  it('of a secret shows when it was issued and revoked, and nothing of the secret', () => {
    const stream = `secret-${ID}`;
    const issued = domainEvent(stream, 0, {
      type: 'SecretIssued',
      data: { organization_id: METADATA.organization_id },
    });
    const revoked = domainEvent(stream, 1, { type: 'SecretRevoked', data: {} }, LATER);
    expect(fold('secret', ID, [issued, revoked])?.view).to.deep.equal({
      id: ID,
      organization_id: METADATA.organization_id,
      issued_at: METADATA.occurred_at,
      revoked_at: LATER,
      key: null,
    });
  });

  describe('of a webhook', () => {
    const stream = `webhook-${ID}`;
    const { organization_id, sees, watermark, types, ...settings } = WEBHOOK_REGISTERED.data;
    const folded = (...facts: Fact[]) =>
      fold(
        'webhook',
        ID,
        [WEBHOOK_REGISTERED, ...facts].map((fact, revision) =>
          domainEvent(stream, revision, fact, revision === 0 ? METADATA.occurred_at : LATER),
        ),
      )?.view;
    const moved = { ...watermark, position: '9' };

    it('shows the settings, who made it, and nothing of its secret', () => {
      expect(folded()).to.deep.equal({
        ...{ id: ID, organization_id, url: settings.url, types: '["import.requested"]', album_id: null },
        ...{ thin: 'no', ordered: 'no', v1a: 'no', sees, made_by: `user:${METADATA.user_id}` },
        ...{ status: 'enabled', is_deleted: 'no', disabled_reason: null, disabled_detail: null },
        ...{
          generation: '1',
          overlap_until: null,
          key: null,
          key_before: null,
          watermark: JSON.stringify(watermark),
          recovery: null,
        },
        ...{ created_at: METADATA.occurred_at, updated_at: METADATA.occurred_at },
      });
    });

    it('shows changed settings and the number of a new secret', () => {
      expect(
        folded(
          { type: 'WebhookChanged', data: { ...settings, types: ['*'], album_id: 'a', thin: true, v1a: true } },
          { type: 'WebhookSecretRotated', data: { generation: 2, overlap_until: LATER, key: '0123456789abcdef' } },
        ),
      ).to.include({
        ...{ types: '["*"]', album_id: 'a', thin: 'yes', ordered: 'no', v1a: 'yes' },
        ...{ generation: '2', overlap_until: LATER, key: '0123456789abcdef', updated_at: LATER },
      });
    });

    it('shows why it is disabled, until it is enabled from a place on', () => {
      const disabled: Fact = {
        type: 'WebhookDisabled',
        data: { reason: 'gone', detail: '410', album_id: null, sees: 'organization' },
      };
      const recovery: Fact = { type: 'WebhookRecoveryRequested', data: { after: watermark, rate: 5 } };
      expect(JSON.parse(folded(recovery, disabled)?.recovery as string)).to.deep.include(recovery.data);
      expect(folded(recovery, disabled)).to.include({
        ...{ status: 'disabled', disabled_reason: 'gone', disabled_detail: '410' },
      });
      const enabled: Fact = { type: 'WebhookEnabled', data: { watermark: moved } };
      expect(folded(recovery, disabled, enabled)).to.include({
        ...{ status: 'enabled', disabled_reason: null, disabled_detail: null, watermark: JSON.stringify(moved) },
      });
      expect(JSON.parse(folded(recovery, disabled, enabled)?.recovery as string)).to.deep.include({
        ...{ after: moved, rate: null, requested_at: LATER, ends_waiting: true },
      });
    });

    it('has its watermark at the beginning of a recovery, unless that is later or of another installation', () => {
      const recovery = (after: object): Fact[] => [
        { type: 'WebhookWatermarkMoved', data: { watermark: moved } },
        { type: 'WebhookRecoveryRequested', data: { after: { ...watermark, ...after }, rate: null } },
      ];
      const watermarkAfter = (after: object) => JSON.parse(folded(...recovery(after))?.watermark as string).position;
      expect(watermarkAfter({ position: '8' })).to.equal('8');
      expect(watermarkAfter({ position: '10' })).to.equal('9');
      expect(watermarkAfter({ position: '8', service: 'another' })).to.equal('9');
    });

    it('is not newer because the watermark moved', () => {
      expect(folded({ type: 'WebhookWatermarkMoved', data: { watermark: moved } })).to.include({
        ...{ watermark: JSON.stringify(moved), updated_at: METADATA.occurred_at },
      });
    });

    it('stays after it was deleted, apart from the others', () => {
      expect(folded({ type: 'WebhookDeleted', data: {} })).to.include({ status: 'deleted', is_deleted: 'yes' });
    });
  });

  it('refuses an event that does not belong to it', () => {
    expect(() => fold('import', ID, [domainEvent(`import-${ID}`, 0, USER_REGISTERED)])).to.throw(
      /does not belong here/,
    );
    expect(() => fold('user', ID, [domainEvent(`user-${ID}`, 0, USER_REMOVED)])).to.throw(/does not belong here/);
    const webhook = `webhook-${ID}`;
    for (const begin of [[], [domainEvent(webhook, 0, WEBHOOK_REGISTERED)]]) {
      const events = [...begin, domainEvent(webhook, begin.length, USER_REGISTERED)];
      expect(() => fold('webhook', ID, events)).to.throw(/does not belong here/);
    }
  });

  it('is folded from the streams of imports, users, secrets and webhooks, and from no other', () => {
    expect(viewOf(`import-${ID}`)).to.deep.equal({ kind: 'import', id: ID, stream: `import-${ID}` });
    expect(viewOf('operations')).to.equal(null);
    expect(viewOf('__proto__-x')).to.equal(null);
  });
});
