import { z } from 'zod';
import { reasonOf } from '../../errors/reason-of.ts';
import { BackupDamaged, type BackupPlace } from './backup-place.ts';

/** The images that a backup does not have, since the store of the service did not have them whole. The next run tries them again. */

const MISSING = 'missing.json';

/** More are counted, and not listed. */
export const MOST_LISTED = 10_000;

const schema = z.array(
  z.object({
    id: z.string(),
    stream: z.string(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: z.int().min(0),
    reason: z.string(),
  }),
);

export type MissingImage = z.infer<typeof schema>[number];

/** @throws {BackupDamaged | BackupUnavailable} */
export async function readMissing(place: BackupPlace): Promise<MissingImage[]> {
  const bytes = await place.read(MISSING);
  if (bytes === null) return [];
  try {
    return schema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw new BackupDamaged(`${MISSING}: ${reasonOf(error)}`, error);
  }
}

/** @throws {BackupUnavailable} */
export async function writeMissing(place: BackupPlace, images: readonly MissingImage[]): Promise<void> {
  await place.write(MISSING, `${JSON.stringify(images, null, 1)}\n`);
}
