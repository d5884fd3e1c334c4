import { reasonOf } from '../../errors/reason-of.ts';
import type { SealedStore } from '../../importer/sealed/sealed-store.ts';
import { BackupDamaged, type BackupPlace } from './backup-place.ts';
import { sha256Of } from './segment.ts';

/** The sealed secrets that outlive an import: those of connections. They are backed up as they are sealed, all in one object. */

const SEALED = 'sealed.ndjson';

const BEGINNING = 'connection ';

const AT_ONCE = 500;

export interface SealedSecret {
  readonly id: string;
  readonly sealed: Buffer;
}

/** The lines of all of them. @throws {SealedUnavailable} */
export async function sealedText(store: Pick<SealedStore, 'ids' | 'get'> | null): Promise<string> {
  let lines = '';
  let count = 0;
  let after: string | null = null;
  while (store !== null) {
    const ids: string[] = await store.ids(BEGINNING, after, AT_ONCE);
    for (const id of ids) {
      const sealed = await store.get(id);
      // It was removed meanwhile.
      if (sealed === null) continue;
      lines += `${JSON.stringify({ id, sealed: Buffer.from(sealed).toString('base64') })}\n`;
      count += 1;
    }
    if (ids.length < AT_ONCE) break;
    after = ids.at(-1) as string;
  }
  return `${lines}${JSON.stringify({ secrets: { count, sha256: sha256Of(Buffer.from(lines)) } })}\n`;
}

/** @param text of `sealedText` @throws {BackupUnavailable} */
export async function writeSealed(place: BackupPlace, text: string): Promise<void> {
  await place.write(SEALED, text);
}

/** Those of a backup; none if it has not come to them. @throws {BackupDamaged | BackupUnavailable} */
export async function readSealed(place: BackupPlace): Promise<SealedSecret[]> {
  const bytes = await place.read(SEALED);
  if (bytes === null) return [];
  try {
    const start = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
    const { secrets } = JSON.parse(bytes.toString('utf8', start));
    const lines = bytes.subarray(0, start);
    if (sha256Of(lines) !== secrets.sha256)
      throw new Error('its lines do not have the checksum that its last line says');
    return lines
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => {
        const { id, sealed } = JSON.parse(line);
        return { id, sealed: Buffer.from(sealed, 'base64') };
      });
  } catch (error) {
    throw new BackupDamaged(`${SEALED}: ${reasonOf(error)}`, error);
  }
}
