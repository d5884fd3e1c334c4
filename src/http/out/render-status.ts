import type { BytesSoFar } from '../../importer/standing.ts';
import type { ImportStatus } from '../import-status.ts';
import { type InZone, timeIn } from './zone-clock.ts';

/**
 * The one rendering of where an import stands, as compact JSON text.
 * @param bytes null: this node is not at work on it
 */
export function renderStatus(status: ImportStatus, bytes: BytesSoFar | null, inZone: InZone): string {
  const { image_id, requested_at, started_at, ended_at, next_attempt_at, deadline, ...before } = status;
  return JSON.stringify({
    ...before,
    next_attempt_at: timeIn(inZone, next_attempt_at),
    deadline: timeIn(inZone, deadline),
    bytes_received: bytes?.received ?? null,
    bytes_expected: bytes?.expected ?? null,
    image_id,
    requested_at: timeIn(inZone, requested_at),
    started_at: timeIn(inZone, started_at),
    ended_at: timeIn(inZone, ended_at),
  });
}
