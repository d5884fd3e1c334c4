import { BadConfig } from '../../errors/bad-config.ts';
import type { Backup } from '../../operations/backup/read-backup.ts';
import { type Growth, megabytes } from '../../operations/restore/room.ts';
import type { Survey } from '../../operations/restore/survey.ts';
import type { Keys } from '../../tokens/keys.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';

/** What will be brought back, for the person who is asked. */
export function surveyText({ place, manifest, progress }: Backup, survey: Survey): string {
  const { events, upTo, recordedAt, beyond, images, damage } = survey;
  const lines = [
    `${place.address} is a backup of the log ${manifest.log} (${manifest.kind}), begun at ${manifest.began_at}, last acknowledged at ${progress.at}.`,
    `It brings back ${counted(events, 'event')}, up to position ${upTo}${recordedAt === null ? '' : `, recorded at ${recordedAt}`}.`,
    manifest.blobs.kind === 's3'
      ? `Their ${counted(images, 'image')} are in ${manifest.blobs.address}: that they are there is checked.`
      : `They name ${counted(images, 'image')}. The bytes come from the backup, and are checked.`,
  ];
  if (beyond > 0)
    lines.push(`${counted(beyond, 'event')} of them, the newest, were not acknowledged yet, but are whole.`);
  if (progress.images.missing > 0) {
    lines.push(`${counted(progress.images.missing, 'image')} could not be backed up: missing.json there names them.`);
  }
  if (manifest.key !== null) lines.push(`The key of the service had the fingerprint ${manifest.key}.`);
  if (damage !== null) {
    lines.push(
      `It is damaged: ${progress.events - events} of the ${progress.events} events that it acknowledged are lost.`,
    );
  }
  return lines.join('\n');
}

/** How much room that takes on disks of this machine. */
export function roomText(growths: readonly Growth[]): string {
  const parts = growths.map(({ folder, bytes }) => `${megabytes(bytes)} MB in ${folder}`);
  return parts.length === 0 ? 'It takes no room on this machine.' : `It takes about ${parts.join(' and ')}.`;
}

/**
 * Checks that the key that is configured, if one is, is that of the backup.
 * @throws {BadConfig}
 */
export function assertKeyOf({ manifest }: Backup, context: Context): void {
  if (manifest.key === null) return;
  const keys = configuredKeys(context);
  if (keys === null) {
    context.say(
      `JWT_SECRET is not set here, so it is not checked: the service needs the key with the fingerprint ${manifest.key}.`,
    );
    return;
  }
  if (keys.has(manifest.key)) return;
  throw new BadConfig([
    `JWT_SECRET has the fingerprint ${keys.newest.fingerprint}, and the log of the backup hangs on the key ${manifest.key}: ` +
      'set that key (or unset JWT_SECRET, to restore without this check)',
  ]);
}

function configuredKeys(context: Context): Keys | null {
  try {
    return context.keptKeys;
  } catch (error) {
    if (error instanceof BadConfig) return null;
    throw error;
  }
}
