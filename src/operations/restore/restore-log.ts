import pLimit from 'p-limit';
import type { NewEvent, RecordedEvent } from '../../events/event-log.ts';
import type { LogInMaking } from '../../events/log-in-making.ts';
import { accessStream } from '../../events/streams.ts';
import type { SealedStore } from '../../importer/sealed/sealed-store.ts';
import { BackupDamaged } from '../backup/backup-place.ts';
import { bringImage, type ImageStores } from '../backup/bring-image.ts';
import type { MissingImage } from '../backup/missing-images.ts';
import type { Backup } from '../backup/read-backup.ts';
import { readSealed } from '../backup/sealed-secrets.ts';
import { imageIn } from '../verify/blobs.ts';
import { soundEventsOf } from './events-of-backup.ts';

/** So many images are brought at once. */
const IMAGES_AT_ONCE = 4;

export interface RestoreParts {
  readonly backup: Backup;
  /** How many events it had when it was surveyed. */
  readonly surveyed: number;
  readonly making: LogInMaking;
  /** `from` is the backup's; `to` the service's, or null if that is in S3, where the images have stayed. */
  readonly images: ImageStores;
  readonly sealed: Pick<SealedStore, 'put' | 'get'>;
  /** Is called with events that no log can have, since their streams lack an event before them. */
  readonly onBeyondHoles: (events: readonly RecordedEvent[]) => void;
  /** Is called with each image that cannot be had. */
  readonly onMissing: (image: MissingImage) => void;
  /** Is called with how many events and images are there. */
  readonly onProgress: (events: number, images: number) => void;
  /** Is awaited before the log gets its place. */
  readonly beforePlace: () => Promise<void>;
  /** The event that says that the log was restored. */
  readonly restored: (counts: Restored) => NewEvent;
  readonly signal: AbortSignal;
}

/** What was brought back. */
export interface Restored {
  readonly events: number;
  /** The position of the last one in the log that was backed up. */
  readonly upTo: string;
  readonly images: number;
  readonly secrets: number;
}

/**
 * Makes the log of a backup again, with the images that its events name and the sealed secrets. The log gets its place last: if this ends
 * before, it can be done again, and what is there already is not brought twice.
 * @throws {BackupDamaged} the backup has become less since it was surveyed
 * @throws {LogThere | LogUnavailable | UnlikeEvents | BackupUnavailable | StorageUnavailable | SealedUnavailable}
 * @throws the signal's reason
 */
export async function restoreLog(parts: RestoreParts): Promise<Restored> {
  const { backup, surveyed, making, images, onMissing, onProgress, signal } = parts;
  let [read, events, kept, upTo] = [0, 0, 0, '0'];
  const inTurn = pLimit(IMAGES_AT_ONCE);
  let damage = '';
  const onDamage = (reason: string) => {
    damage = `: ${reason}`;
  };
  for await (const page of soundEventsOf(backup, onDamage)) {
    const beyondHoles = await making.take(page.events);
    if (beyondHoles.length > 0) parts.onBeyondHoles(beyondHoles);
    read += page.events.length;
    events += page.events.length - beyondHoles.length;
    upTo = String(page.events.at(-1)?.position ?? upTo);
    await inTurn.map(page.events.flatMap(imageIn), async ({ stream, image }) => {
      if (signal.aborted) return;
      const reason = await bringImage(image, images);
      if (reason === null) kept += 1;
      else onMissing({ id: image.id, stream, sha256: image.sha256, bytes: image.bytes, reason });
      onProgress(events, kept);
    });
    onProgress(events, kept);
    signal.throwIfAborted();
  }
  // It was read twice, and what somebody agreed to is what was there the first time.
  if (read < surveyed) {
    throw new BackupDamaged(`The backup had ${surveyed} events a moment ago, and has ${read} now${damage}`);
  }
  const secrets = await restoreSealed(parts);
  const restored = { events, upTo, images: kept, secrets };
  await parts.beforePlace();
  await making.finish(accessStream(making.id), parts.restored(restored));
  return restored;
}

/** A secret that is there is newer than the backup, and stays. */
async function restoreSealed({ backup, sealed }: RestoreParts): Promise<number> {
  let count = 0;
  for (const secret of await readSealed(backup.place)) {
    if ((await sealed.get(secret.id)) !== null) continue;
    await sealed.put(secret.id, secret.sealed, null);
    count += 1;
  }
  return count;
}
