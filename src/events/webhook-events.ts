import { z } from 'zod';
import { keyFingerprint } from './access-events.ts';
import { count, position } from './fields.ts';

/** What a subscriber chose for an endpoint. */
const endpointSettings = {
  url: z.string(),
  /** Types of public events, without the prefix (`import.requested`); `*` is all of them. */
  types: z.array(z.string()).min(1),
  /** Only events of this album. */
  album_id: z.string().nullable(),
  /** Only ids are sent. */
  thin: z.boolean(),
  /** One delivery after the other; if not, only those of one import are in order. */
  ordered: z.boolean(),
  /** Deliveries carry a `v1a` signature, too. */
  v1a: z.boolean(),
};

/**
 * A place in the log of one installation: directly after an event, or the beginning (position 0, and null). `service` is a mark of the
 * installation. In a log that was loaded, copied or restored, `log` or `service` is not its own.
 */
const mark = z.object({
  log: z.uuid(),
  service: z.string(),
  position,
  event: z.object({ id: z.string(), stream: z.string(), revision: count }).nullable(),
});

/** What has happened to a subscriber's endpoint. */
export const webhookEvents = {
  /** `sees`: the organization's events, or, if an operator made the endpoint, those of all organizations. */
  WebhookRegistered: z.object({
    organization_id: z.uuid(),
    sees: z.enum(['organization', 'everything']),
    ...endpointSettings,
    watermark: mark,
    /** As in `SecretIssued`. */
    key: keyFingerprint.optional(),
  }),
  /** All settings, as they are from now on. */
  WebhookChanged: z.object(endpointSettings),
  /** The secret of this generation signs; until `overlap_until`, that of the generation before signs, too. The first generation is 1. */
  WebhookSecretRotated: z.object({
    generation: z.int().min(2),
    overlap_until: z.iso.datetime({ precision: 3 }),
    /** As in `SecretIssued`. */
    key: keyFingerprint.optional(),
  }),
  /**
   * `gone`: the receiver answered 410. `failing`: nothing but failures for five days. `rights_ended`: whoever made it was removed, revoked, or
   * is no operator any more. `asked`: a caller or an operator disabled it.
   */
  WebhookDisabled: z.object({
    reason: z.enum(['gone', 'failing', 'rights_ended', 'asked']),
    detail: z.string().nullable(),
    album_id: z.string().nullable(),
    /** As in `WebhookRegistered`. */
    sees: z.enum(['organization', 'everything']),
  }),
  /** It sends what comes after the watermark. */
  WebhookEnabled: z.object({ watermark: mark }),
  /** Everything after the place is sent again, at most `rate` deliveries a second (null: as fast as possible). */
  WebhookRecoveryRequested: z.object({ after: mark, rate: z.number().positive().nullable() }),
  /** An operator sends deliveries again, once each: those with the ids, or else so many that were given up. */
  WebhookRedeliveryRequested: z.object({ deliveries: count, ids: z.array(z.string()) }),
  WebhookDeleted: z.object({}),
  /** Everything up to the watermark was acknowledged or given up. */
  WebhookWatermarkMoved: z.object({ watermark: mark }),
} as const;
