import { z } from 'zod';
import { reasonOf } from '../../errors/reason-of.ts';
import { type BackupPlace, BackupRefused } from './backup-place.ts';

/** What a backup is of. It is written first. */

const MANIFEST = 'backup.json';

const FORMAT = 1;

const schema = z.object({
  format: z.literal(FORMAT),
  /** The id of the log. */
  log: z.uuid(),
  kind: z.enum(['embedded', 'eventstoredb']),
  /** The fingerprint of the key of the service; null: it was not known. The key itself is kept elsewhere. */
  key: z.string().nullable(),
  made_by: z.object({ version: z.string() }),
  began_at: z.iso.datetime(),
  /** Where the bytes of images are kept: those of a folder are in the backup, those in S3 are not. */
  blobs: z.object({ kind: z.enum(['folder', 's3']), address: z.string() }),
});

export type Manifest = Omit<z.infer<typeof schema>, 'format'>;

/** Null: there is no backup yet. @throws {BackupRefused | BackupUnavailable} */
export async function readManifest(place: BackupPlace): Promise<Manifest | null> {
  const bytes = await place.read(MANIFEST);
  if (bytes === null) return null;
  try {
    const value = JSON.parse(bytes.toString());
    if (typeof value?.format === 'number' && value.format > FORMAT) {
      throw new Error(`it has format ${value.format}, and this release knows ${FORMAT}: use the release that made it`);
    }
    return schema.parse(value);
  } catch (error) {
    throw new BackupRefused(`${place.address}/${MANIFEST} is not that of a backup: ${reasonOf(error)}`, error);
  }
}

/** Says of which log the backup is. It is written once, first of all. @throws {BackupUnavailable} */
export async function writeManifest(place: BackupPlace, manifest: Manifest): Promise<void> {
  await place.write(MANIFEST, `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`);
}

/** What is read before a backup is made. Null: the place is empty. @throws {BackupRefused} it has no backup, and something else */
export async function manifestOrEmpty(place: BackupPlace): Promise<Manifest | null> {
  const found = await readManifest(place);
  if (found !== null || (await place.isEmpty())) return found;
  throw new BackupRefused(`${place.address} has other things in it, and no backup.json: name an empty place.`);
}

/** Whose backup is made. */
export interface Wanted extends Omit<Manifest, 'key'> {
  /** The fingerprints of the keys of the service, newest first; null: they are not known. */
  readonly keys: readonly string[] | null;
}

/**
 * Begins a backup, or makes sure that the one that is there is to be gone on with. What has changed since is written anew: where images
 * are, and the newest key.
 * @throws {BackupRefused} it is another log's, or another key's, or something else is there
 */
export async function beginBackup(place: BackupPlace, { keys, ...wanted }: Wanted): Promise<void> {
  const found = await manifestOrEmpty(place);
  if (found === null) return writeManifest(place, { ...wanted, key: keys?.[0] ?? null });
  if (found.log !== wanted.log) {
    throw new BackupRefused(
      `${place.address} has the backup of the log ${found.log}, and this is the log ${wanted.log}: name another place.`,
    );
  }
  if (found.key !== null && keys !== null && !keys.includes(found.key)) {
    throw new BackupRefused(
      `${place.address} has a backup of a service whose key has the fingerprint ${found.key}, and this log knows ${keys.join(', ')}: ` +
        'it is another history of the log: name another place.',
    );
  }
  const now = { ...found, key: keys?.[0] ?? found.key, blobs: wanted.blobs };
  if (JSON.stringify(now) !== JSON.stringify(found)) await writeManifest(place, now);
}
