import { z } from 'zod';
import { accessEvents, keyFingerprint } from './access-events.ts';
import { count, position, time } from './fields.ts';

/**
 * Every event type of the service, each as the schema of its data; the types follow from the schemas.
 * Data holds facts in JSON, `snake_case` like the API; times and persons are in the metadata.
 */

/** Parameters as a caller sent them: JSON values, in the order sent, numbers as sent (see `json.ts`). Keys may be anything, `__proto__` too. */
export type Params = { [name: string]: unknown };

/** Is recorded instead of a credential that was taken out of the parameters. */
export const FILTERED = '[FILTERED]';

const params = z.custom<Params>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

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

/** Why an import has not succeeded: a closed list. docs/importing.md says what to do about each. */
export const IMPORT_REASONS = [
  'source_missing',
  'source_not_found',
  'source_forbidden',
  'source_too_large',
  'source_unavailable',
  'not_an_image',
  'image_damaged',
  'checksum_mismatch',
  'connection_missing',
  'connection_refused',
  'limit_exceeded',
  'blocked_address',
  'too_many_redirects',
  'credentials_gone',
  'storage_unavailable',
  'worker_lost',
] as const;

/** For so long after it was asked for, an import is tried again. In milliseconds. */
export const IMPORT_LIFETIME_MS = 72 * 3_600_000;

export type ImportReason = (typeof IMPORT_REASONS)[number];

/** What was asked of a source. */
const call = z.object({
  /** Such as `GET https://example.com/images/1.jpg`: without query and credentials. */
  request: z.string(),
  /** Null: no answer came. */
  status: z.int().nullable(),
  /** Why no answer came, or why it was of no use. */
  error: z.string().nullable(),
  at: time,
  /** Until its last byte. */
  ms: count,
});

export type Call = z.infer<typeof call>;

/** What was fetched. */
const importSource = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('salesforce'),
    host: z.string(),
    /** The ids of the organization at Salesforce (00D…) and of the user (005…) who read it. */
    organization_id: z.string(),
    user_id: z.string(),
    record: z.enum(['ContentVersion', 'Attachment']),
    record_id: z.string(),
    /** Of a ContentVersion. */
    version_number: z.string().nullable(),
  }),
  /** The last URL, after redirects: without its query. */
  z.object({ kind: z.literal('url'), host: z.string(), path: z.string() }),
  /** A worker outside of the service brought the bytes. `external_id`: how it names them. */
  z.object({ kind: z.literal('worker'), external_id: z.string().nullable() }),
]);

export type ImportSource = z.infer<typeof importSource>;

/** An image and its bytes, as they were looked at. `id` is derived from the import's id. */
const image = z.object({
  id: z.uuid(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  md5: z.string().regex(/^[0-9a-f]{32}$/),
  bytes: count,
  content_type: z.string(),
  /** Such as `jpg` or `png`. */
  format: z.string(),
  /** As it is shown: the orientation of the camera is taken into account. */
  width: count,
  height: count,
  /** With its extension; null: the source does not name it. */
  filename: z.string().nullable(),
});

export type Image = z.infer<typeof image>;

/** How an attempt, or the whole import, went wrong. `attempt` is 0 if there was none. */
const failure = {
  album_id: z.string().nullable(),
  attempt: count,
  reason: z.enum(IMPORT_REASONS),
  detail: z.string().nullable(),
  calls: z.array(call),
};

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
  /** A worker has claimed the import: nobody else works on it before the deadline. `worker` is new at each start of a worker. */
  ImportStarted: z.object({
    album_id: z.string().nullable(),
    attempt: z.int().min(1),
    worker: z.string(),
    deadline: time,
  }),
  /** The attempt did not succeed. The next one comes at `not_before` or later. */
  ImportRetryScheduled: z.object({ ...failure, not_before: time }),
  ImportSucceeded: z.object({
    album_id: z.string().nullable(),
    attempt: z.int().min(1),
    image,
    source: importSource,
    calls: z.array(call),
  }),
  /** It is not tried again, unless somebody asks for that. */
  ImportFailed: z.object(failure),
  ImportCancelled: z.object({ album_id: z.string().nullable() }),
  /** It waits anew. `reason` is an operator's. */
  ImportRetryRequested: z.object({ album_id: z.string().nullable(), reason: z.string().nullable() }),
  /** How the organization's images are fetched from Salesforce, from now on. No secret is in it. */
  ConnectionAdded: z.object({
    organization_id: z.uuid(),
    /** Such as `https://mydomain.my.salesforce.com`. */
    url: z.string(),
    /** `jwt`: with the service's own key. `client_credentials`: with a secret, which is kept sealed. */
    login: z.enum(['jwt', 'client_credentials']),
    /** For `jwt`: the user, and the audience if it is not the URL. */
    username: z.string().nullable(),
    audience: z.string().nullable(),
    /** The app; null, for `jwt`: the service's own. */
    client_id: z.string().nullable(),
  }),
  ConnectionRemoved: z.object({}),
  /** Nothing is asked of it until then; null: until it is resumed. `asked`: an operator paused it. */
  ConnectionPaused: z.object({
    reason: z.enum(['connection_refused', 'limit_exceeded', 'source_unavailable', 'asked']),
    detail: z.string().nullable(),
    until: time.nullable(),
  }),
  /** `reason` is an operator's; null: it went on by itself. */
  ConnectionResumed: z.object({ reason: z.string().nullable() }),
  /** `worker`: a worker outside of the service, which performs imports of its organization. */
  UserRegistered: z.object({ organization_id: z.uuid(), role: z.enum(['member', 'operator', 'worker']) }),
  UserRemoved: z.object({}),
  /** `key`: the fingerprint of the key from which it is derived. Absent in events of releases before 0.3: then it is the first key of the log. */
  SecretIssued: z.object({ organization_id: z.uuid(), key: keyFingerprint.optional() }),
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
  /** Events that cannot be projected are not waited for any more. */
  QuarantineDismissed: z.object({
    events: z.array(z.object({ stream: z.string(), revision: count, id: z.string(), type: z.string() })).min(1),
  }),
  /** A version of the views was removed from their store: its number, or `unnumbered`. */
  ViewsRemoved: z.object({ version: z.string() }),
  /**
   * This installation performs the imports that come after the position in this log. In another log, and in another installation, the
   * event says nothing.
   */
  ImporterMarked: z.object({ log: z.uuid(), service: z.string(), position }),
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
  ...accessEvents,
} as const;

export type EventType = keyof typeof eventSchemas;

export type EventData = { [T in EventType]: z.infer<(typeof eventSchemas)[T]> };

/** The metadata of each event. `$correlationId` and `$causationId` are EventStoreDB's own names. */
export const metadataSchema = z.object({
  /** When it happened: UTC, ISO 8601 with milliseconds. Written by the service, so that a replay gives the same view on any store. */
  occurred_at: z.iso.datetime({ precision: 3 }),
  /** For whom; absent if an operator acted on the service itself. */
  organization_id: z.uuid().optional(),
  /** Who: a user of the API, a secret of the API, or an operator at the command line. */
  user_id: z.uuid().optional(),
  secret_id: z.uuid().optional(),
  operator: z.string().optional(),
  /** The machine on which the operator worked, and why. */
  host: z.string().optional(),
  reason: z.string().optional(),
  /** The address that the request came from, as far as it is known, and the `jti` of its token. */
  address: z.string().optional(),
  token_id: z.string().optional(),
  /** The service's own. */
  request_id: z.string(),
  /** The `X-Request-Id` that the caller sent. */
  caller_request_id: z.string().optional(),
  /** W3C Trace Context: the span in which the event was recorded. */
  traceparent: z.string().optional(),
  /** The log in which it was first recorded; in another one it was loaded. Absent in events of releases before 0.3. */
  log: z.uuid().optional(),
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
