import { decodeOrReason } from '../../events/decode.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { Sha256Set } from '../../importer/blobs/sha256-set.ts';
import type { Backup } from '../backup/read-backup.ts';
import { imageIn } from '../verify/blobs.ts';
import { soundEventsOf } from './events-of-backup.ts';
import { logBytesOf } from './room.ts';

/** What a backup would bring back. */
export interface Survey {
  readonly events: number;
  /** The position of the last one in the log that was backed up, and when it was recorded: UTC, ISO 8601; null: there is none. */
  readonly upTo: string;
  readonly recordedAt: string | null;
  /** How many of them the backup had not acknowledged. */
  readonly beyond: number;
  /** How many images they name. */
  readonly images: number;
  /** How many bytes those take, each of the same bytes once. */
  readonly imageBytes: number;
  /** How many bytes an embedded log of the events takes, as far as that can be known before. */
  readonly logBytes: number;
  /** The first thing that is damaged: what comes after it cannot be brought back. Null: nothing is. */
  readonly damage: string | null;
}

/**
 * Reads all events of a backup, and checks each checksum and the chain.
 * @param onEvents is called with how many were read
 * @throws {BackupUnavailable}
 */
export async function surveyOf(backup: Backup, onEvents: (count: number) => void): Promise<Survey> {
  let [events, beyond, images, imageBytes, logBytes] = [0, 0, 0, 0, 0];
  const known = new Sha256Set();
  let last: RecordedEvent | undefined;
  let damage: string | null = null;
  const onDamage = (reason: string) => {
    damage = reason;
  };
  for await (const page of soundEventsOf(backup, onDamage)) {
    events += page.events.length;
    if (!page.isAcknowledged) beyond += page.events.length;
    last = page.events.at(-1) ?? last;
    logBytes += logBytesOf(page.events);
    for (const { image } of page.events.flatMap(imageIn)) {
      images += 1;
      if (!known.has(image.sha256)) imageBytes += image.bytes;
      known.add(image.sha256);
    }
    onEvents(events);
  }
  const decoded = last && decodeOrReason(last);
  const recordedAt = typeof decoded === 'object' ? decoded.metadata.occurred_at : null;
  return { events, upTo: String(last?.position ?? 0n), recordedAt, beyond, images, imageBytes, logBytes, damage };
}
