import { z } from 'zod';
import { reasonOf } from '../../errors/reason-of.ts';
import { BackupDamaged, type BackupPlace } from './backup-place.ts';

/** What a backup has acknowledged. It is never ahead of what is durable. */

const PROGRESS = 'progress.json';

const position = z.string().regex(/^\d{1,20}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

const schema = z.object({
  /** The position of the last event; 0 for none. */
  up_to: position,
  /** Where the last event is in the log; null for none. */
  last: z.object({ stream: z.string(), revision: count, id: z.uuid() }).nullable(),
  events: count,
  /** The last segment that was closed. */
  closed: z.object({ number: z.int().min(1), up_to: position, sha256 }).nullable(),
  /** The segment that grows. Its first so many bytes count, which have this checksum; what comes after them does not. */
  open: z
    .object({ name: z.string().regex(/^\d{20}$/), number: z.int().min(1), events: count, bytes: count, sha256 })
    .nullable(),
  images: z.object({
    /** Every image that an event up to here names was looked for. */
    up_to: position,
    /** How many are in the backup; with S3, how many are in the bucket. */
    kept: count,
    /** How many were missing or damaged in the store of the service: `missing.json` names them. */
    missing: count,
  }),
  /** When the backup had all that the log had. */
  at: z.iso.datetime(),
});

export type Progress = z.infer<typeof schema>;

/** Null: nothing was acknowledged yet. @throws {BackupDamaged | BackupUnavailable} */
export async function readProgress(place: BackupPlace): Promise<Progress | null> {
  const bytes = await place.read(PROGRESS);
  if (bytes === null) return null;
  try {
    return schema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw new BackupDamaged(`${PROGRESS}: it is not what a backup writes: ${reasonOf(error)}`, error);
  }
}

/** Acknowledges: what it says must be durable before. @throws {BackupUnavailable} */
export async function writeProgress(place: BackupPlace, progress: Progress): Promise<void> {
  await place.write(PROGRESS, `${JSON.stringify(progress)}\n`);
}
