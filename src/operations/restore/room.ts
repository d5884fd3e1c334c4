import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RecordedEvent } from '../../events/event-log.ts';
import { FLOOR_BYTES } from '../../machine/room.ts';

/** Looks whether what is to be made fits, before anything is made. */

/** There is not enough room on a disk. Nothing was made. */
export class NoRoomToMake extends Error {
  readonly code = 'no_room';
}

/** What is going to be in a folder, which may not be there yet. */
export interface Growth {
  readonly folder: string;
  readonly bytes: number;
  /** What an earlier try has left there of it. It is looked at only if there would be no room else. */
  readonly there: () => number;
}

/** What an embedded log takes for an event besides its text: entries of three indexes, and pages that are not full. */
const OVERHEAD_BYTES = 300;
const FILL = 1.15;

/** How many bytes some events take in an embedded log, as far as this can be known before. */
export function logBytesOf(events: readonly RecordedEvent[]): number {
  return events.reduce(
    (sum, { data, metadata }) => sum + (Buffer.byteLength(data) + Buffer.byteLength(metadata)) * FILL + OVERHEAD_BYTES,
    0,
  );
}

/**
 * Checks the room of each disk on which something grows. Some 64 MB must be left for what else is there.
 * @throws {NoRoomToMake}
 * @throws errors of the file system
 */
export function assertRoomFor(growths: readonly Growth[]): void {
  for (const onDisk of Map.groupBy(growths, ({ folder }) => statSync(nearest(folder)).dev).values()) {
    const folder = nearest((onDisk[0] as Growth).folder);
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    const needed = onDisk.reduce((sum, { bytes }) => sum + bytes, FLOOR_BYTES);
    if (needed <= free || needed - onDisk.reduce((sum, { there }) => sum + there(), 0) <= free) continue;
    throw new NoRoomToMake(
      `There is not enough room on the disk of ${folder}: ${megabytes(needed)} MB are needed (64 MB of them stay free), and ` +
        `${megabytes(free)} MB are free. Nothing was made. Make room, or name a folder on another disk.`,
    );
  }
}

/** Rounded up, of 1,048,576 bytes each. */
export function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1_048_576);
}

/** The bytes of the files in a folder, or of a file; 0: there is none. */
export function bytesIn(path: string): number {
  if (!existsSync(path)) return 0;
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0);
}

function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
