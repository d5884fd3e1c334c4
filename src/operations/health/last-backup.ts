import { decodeOrReason } from '../../events/decode.ts';
import type { EventLog } from '../../events/event-log.ts';
import type { DomainEvent, EventData } from '../../events/event-types.ts';
import { accessStream } from '../../events/streams.ts';

/** A backup of the log that its access stream tells of. */
export interface LastBackup {
  /** `begun`: it was still going on when it was last told of. */
  readonly kind: EventData['LogBackedUp']['kind'];
  /** In milliseconds since 1970. */
  readonly atMs: number;
}

/** Reads of the newest backup of the log; each time, only what came since. @throws {LogUnavailable} */
export function lastBackupOf(log: Pick<EventLog, 'id' | 'readStream'>): () => Promise<LastBackup | null> {
  let [from, last]: [number, LastBackup | null] = [0, null];
  return async () => {
    for (const event of await log.readStream(accessStream(log.id), from)) {
      from = event.revision + 1;
      if (event.type !== 'LogBackedUp') continue;
      const decoded = decodeOrReason(event);
      if (typeof decoded === 'string') continue;
      const { data, metadata } = decoded as DomainEvent<'LogBackedUp'>;
      last = { kind: data.kind, atMs: Date.parse(metadata.occurred_at) };
    }
    return last;
  };
}
