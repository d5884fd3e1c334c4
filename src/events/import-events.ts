import { z } from 'zod';
import { count, time } from './fields.ts';

/** Parameters as a caller sent them: JSON values, in the order sent, numbers as sent (see `json.ts`). Keys may be anything, `__proto__` too. */
export type Params = { [name: string]: unknown };

/** Is recorded instead of a credential that was taken out of the parameters. */
export const FILTERED = '[FILTERED]';

const params = z.custom<Params>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

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

/** What has happened to an import. */
export const importEvents = {
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
} as const;
