import { z } from 'zod';
import { count, position, time } from './fields.ts';

/** Tells keys apart, and tells nothing of them: see `tokens/keys.ts`. */
export const keyFingerprint = z.string().regex(/^[0-9a-f]{16}$/);

/** The events of `access-<log id>`: who had access to the log past the API. */
export const accessEvents = {
  /** From now on, what is signed, derived or sealed for this log is so by the key with this fingerprint. */
  KeyIntroduced: z.object({ key: keyFingerprint }),
  /** Nothing hangs on the key any more, or an operator gave up what did: the service may start without it. */
  KeyRetired: z.object({ key: keyFingerprint }),
  /** So many sealed secrets of connections and credentials of imports hang on the key now, and on an older one no more. */
  SecretsResealed: z.object({ key: keyFingerprint, secrets: count }),
  /** A token was made at the command line. `token`: its `jti`. */
  TokenMinted: z.object({
    token: z.string().nullable(),
    bearer: z.object({ kind: z.enum(['user', 'secret']), id: z.uuid() }),
    expires_at: time.nullable(),
  }),
  /** Events after a position, up to another one, were written to a place (a file, or `standard output`). */
  LogExported: z.object({ after: position, up_to: position, events: count, to: z.string() }),
  /**
   * Events from elsewhere were appended: they have the positions from `after` (exclusive) to `up_to`, in which others of this log may
   * stand, too. Also recorded with no events, when it begins. `into_live`: the log had other events than the beginning of the file.
   */
  EventsLoaded: z.object({
    from: z.string(),
    after: position,
    up_to: position,
    events: count,
    into_live: z.boolean(),
  }),
  /** A backup has everything up to the position. `kind`: made once, or the beginning or the end of a run that goes on. */
  LogBackedUp: z.object({
    to: z.string(),
    kind: z.enum(['once', 'begun', 'ended']),
    up_to: position,
    events: count,
    images: count,
  }),
  /** This log was made from a backup, which had everything up to the position. */
  LogRestored: z.object({ from: z.string(), up_to: position, events: count, images: count }),
  /** Something was made this log's that belonged to another one, or to another time of it. */
  StoreAdopted: z.object({
    store: z.enum(['views', 'data_directory', 'blobs', 'deliveries', 'sealed', 'key']),
    /** The log, or the fingerprint of the key, whose it was. */
    from: z.string(),
  }),
} as const;
