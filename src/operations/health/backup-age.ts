import { detailsOf, timeOf } from '../../events/event-details.ts';
import type { EventLog } from '../../events/event-log.ts';
import { accessStream } from '../../events/streams.ts';
import { lastBackup } from '../backup/last-backup.ts';

/**
 * The age of the newest backup in seconds; null: none is known. A run that goes on is known only to the data directory that it works with.
 * Each time, only what came since is read of the stream of access. @throws {LogUnavailable}
 */
export function backupAgeOf(log: Pick<EventLog, 'id' | 'readStream'>, dataDir: string): () => Promise<number | null> {
  let [from, recordedMs] = [0, 0];
  return async () => {
    for (const event of await log.readStream(accessStream(log.id), from)) {
      from = event.revision + 1;
      const isBackup = event.type === 'LogBackedUp' && JSON.parse(event.data).kind !== 'begun';
      if (isBackup) recordedMs = timeOf(detailsOf(event)) ?? recordedMs;
    }
    const last = await lastBackup(dataDir, log.id);
    const atMs = Math.max(recordedMs, last === null ? 0 : Date.parse(last.at));
    return atMs === 0 ? null : Math.max(0, Date.now() - atMs) / 1_000;
  };
}
