import { z } from 'zod';

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
