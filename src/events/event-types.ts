import { z } from 'zod';
import { accessEvents, keyFingerprint } from './access-events.ts';
import { count, position, time } from './fields.ts';
import { importEvents } from './import-events.ts';
import type { EventMetadata } from './metadata.ts';
import { webhookEvents } from './webhook-events.ts';

/**
 * Every event type of the service, each as the schema of its data; the types follow from the schemas.
 * Data holds facts in JSON, `snake_case` like the API; times and persons are in the metadata.
 */
export const eventSchemas = {
  ...importEvents,
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
  ...webhookEvents,
  ...accessEvents,
} as const;

export type EventType = keyof typeof eventSchemas;

export type EventData = { [T in EventType]: z.infer<(typeof eventSchemas)[T]> };

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
