import { reasonOf } from '../../errors/reason-of.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { BackupDamaged } from '../backup/backup-place.ts';
import { type Backup, eventsOfBackup } from '../backup/read-backup.ts';
import { eventInLine } from '../transfer/event-line.ts';

/** A part of a backup that can be brought back. */
export interface SoundPage {
  readonly events: readonly RecordedEvent[];
  /** Whether the backup had acknowledged them. */
  readonly isAcknowledged: boolean;
}

/**
 * The events of a backup that are sound, in the order of the log: all that it has acknowledged, or those before the first damage, and then
 * those that it was writing when it ended.
 * @param onDamage is called once, if something is damaged; nothing comes after that
 * @throws {BackupUnavailable}
 */
export async function* soundEventsOf(backup: Backup, onDamage: (reason: string) => void): AsyncGenerator<SoundPage> {
  try {
    for await (const events of eventsOfBackup(backup)) yield { events, isAcknowledged: true };
  } catch (error) {
    if (!(error instanceof BackupDamaged)) throw error;
    return onDamage(reasonOf(error));
  }
  const events = await eventsBeyond(backup);
  if (events.length > 0) yield { events, isAcknowledged: false };
}

/** What the segment that grows has after what was acknowledged, up to the first line that is not whole. */
async function eventsBeyond({ place, progress }: Backup): Promise<RecordedEvent[]> {
  const { open, up_to: upTo } = progress;
  const name = open?.name ?? (await place.segments()).find((segment) => BigInt(segment) > BigInt(upTo));
  const bytes = name === undefined ? null : await place.readSegment(name, null);
  if (bytes === null) return [];
  const events: RecordedEvent[] = [];
  let last = BigInt(upTo);
  // The last line may be cut off.
  for (const line of bytes
    .toString('utf8', open?.bytes ?? 0)
    .split('\n')
    .slice(0, -1)) {
    try {
      const event = eventInLine(line);
      if (event.position <= last) break;
      last = event.position;
      events.push(event);
    } catch {
      break;
    }
  }
  return events;
}
