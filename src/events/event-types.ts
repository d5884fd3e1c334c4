import { z } from 'zod';

/**
 * Every event type of the service, each as the schema of its data; the types follow from the schemas.
 * Data holds facts in JSON, `snake_case` like the API; times and persons are in the metadata.
 */

/** Parameters as a caller sent them: JSON values, in the order sent, numbers as sent (see `json.ts`). Keys may be anything, `__proto__` too. */
export type Params = { [name: string]: unknown };

/** Is recorded instead of a credential that was taken out of the parameters. */
export const FILTERED = '[FILTERED]';

const params = z.custom<Params>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const count = z.int().min(0);

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
  position: z.string().regex(/^\d+$/),
  event: z.object({ id: z.string(), stream: z.string(), revision: count }).nullable(),
});

export const eventSchemas = {
  ImportRequested: z.object({
    organization_id: z.uuid(),
    import_type: z.string().nullable(),
    album_id: z.string().nullable(),
    /** Everything sent, then `controller` and `action`; `[FILTERED]` in the places that `redacted` names. */
    params,
    /**
     * Where credentials were taken out, such as `headers[Authorization]` or `url` (a part of it). Absent in events of
     * releases that put `[FILTERED]` wherever a text looked like a credential (decision 0004).
     */
    redacted: z.array(z.string()).optional(),
  }),
  UserRegistered: z.object({ organization_id: z.uuid(), role: z.enum(['member', 'operator']) }),
  UserRemoved: z.object({}),
  SecretIssued: z.object({ organization_id: z.uuid() }),
  SecretRevoked: z.object({}),
  /** The generation of the version's checkpoint tells later whether it is the live one. `made_by`: a fingerprint of what makes its views. */
  ReplayStarted: z.object({
    replay_id: z.uuid(),
    reason: z.string().nullable(),
    generation: z.uuid().optional(),
    made_by: z.string().optional(),
  }),
  /**
   * How many events were projected. How many views differ between the filled version and the one before, or are in only one of them.
   * Null: not known.
   */
  ReplayCompleted: z.object({
    replay_id: z.uuid(),
    events: count.nullable(),
    changed: count.nullable(),
    added: count.nullable(),
    removed: count.nullable(),
  }),
  ReplayDiscarded: z.object({ replay_id: z.uuid() }),
  /** Views that were written again from the log because they differed from it. */
  ViewsRepaired: z.object({ streams: z.array(z.string()), reason: z.string().nullable() }),
  /** A retry of events in the quarantine: how many could be projected, and how many still wait. */
  QuarantineRetried: z.object({ released: count, waiting: count, reason: z.string().nullable() }),
  /** `sees`: the organization's events, or, if an operator made the endpoint, those of all organizations. */
  WebhookRegistered: z.object({
    organization_id: z.uuid(),
    sees: z.enum(['organization', 'everything']),
    ...endpointSettings,
    watermark: mark,
  }),
  /** All settings, as they are from now on. */
  WebhookChanged: z.object(endpointSettings),
  /** The secret of this generation signs; until `overlap_until`, that of the generation before signs, too. The first generation is 1. */
  WebhookSecretRotated: z.object({ generation: z.int().min(2), overlap_until: z.iso.datetime({ precision: 3 }) }),
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
  WebhookDeleted: z.object({}),
  /** Everything up to the watermark was acknowledged or given up. */
  WebhookWatermarkMoved: z.object({ watermark: mark }),
} as const;

export type EventType = keyof typeof eventSchemas;

export type EventData = { [T in EventType]: z.infer<(typeof eventSchemas)[T]> };

/** The metadata of each event. `$correlationId` and `$causationId` are EventStoreDB's own names. */
export const metadataSchema = z.object({
  /** When it happened: UTC, ISO 8601 with milliseconds. Written by the service, so that a replay gives the same view on any store. */
  occurred_at: z.iso.datetime({ precision: 3 }),
  /** For whom; absent if an operator acted on the service itself. */
  organization_id: z.uuid().optional(),
  /** Who: a user of the API, a secret of the API, or an operator at the command line (their login name). */
  user_id: z.uuid().optional(),
  secret_id: z.uuid().optional(),
  operator: z.string().optional(),
  request_id: z.string(),
  schema_version: z.literal(1),
  $correlationId: z.string(),
  $causationId: z.string(),
});

export type EventMetadata = z.infer<typeof metadataSchema>;

/** What a decider has decided, before it gets an id and metadata. */
export type Fact<T extends EventType = EventType> = { [K in T]: { readonly type: K; readonly data: EventData[K] } }[T];

/** A fact with its metadata and its place. Deciders evolve over it and view functions fold it. */
export type DomainEvent<T extends EventType = EventType> = Fact<T> & {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly metadata: EventMetadata;
};
