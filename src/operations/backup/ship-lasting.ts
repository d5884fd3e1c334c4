import { setTimeout as sleep } from 'node:timers/promises';
import { LogUnavailable } from '../../events/errors.ts';
import type { EventLog } from '../../events/event-log.ts';
import { StorageUnavailable } from '../../importer/blobs/blob-store.ts';
import { doubling } from '../../time/retry.ts';
import { BackupUnavailable } from './backup-place.ts';
import type { Progress } from './progress.ts';
import { type ShippingParts, shipLog } from './shipping.ts';

/** What is waited out. */
const AWAY = [LogUnavailable, BackupUnavailable, StorageUnavailable] as const;

const PAUSES = doubling(200, 5_000);

export interface LastingParts extends Omit<ShippingParts, 'everyMs'> {
  readonly everyMs: number;
  /** The log, for reading. */
  readonly open: () => Promise<EventLog>;
  /** Is called once each time that the log or the place goes away, and when it is over. */
  readonly onAway: (error: Error) => void;
  readonly onBack: () => void;
}

/**
 * Ships the log until the signal aborts, through outages of the log and of the place. Gives null if nothing was acknowledged.
 * @throws errors of `shipLog` that no waiting mends
 */
export async function shipLasting(parts: LastingParts): Promise<Progress | null> {
  const { open, signal, onAway, onBack, onAcknowledged } = parts;
  let acknowledged: Progress | null = null;
  let failures = 0;
  const shipping = {
    ...parts,
    onAcknowledged(progress: Progress) {
      if (failures > 0) onBack();
      failures = 0;
      acknowledged = progress;
      onAcknowledged(progress);
    },
  };
  while (!signal.aborted) {
    let log: EventLog | null = null;
    try {
      log = await open();
      return await shipLog(log, shipping);
    } catch (error) {
      if (!AWAY.some((away) => error instanceof away)) throw error;
      failures += 1;
      if (failures === 1) onAway(error as Error);
      await sleep(PAUSES(failures), undefined, { signal }).catch(() => {});
    } finally {
      await log?.close();
    }
  }
  return acknowledged;
}
