import { crc32 } from 'node:zlib';
import type { RecordedEvent } from '../event-log.ts';
import { damagedAt } from './damaged.ts';

/** A row of the table `events`, as an array: quicker than objects. */
export type Row = readonly [
  position: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  data: string,
  metadata: string,
  crc: number,
];

export const COLUMNS = 'position, stream, revision, id, type, data, metadata, crc';

/** The checksum of all that an event is, so that no damage to any of it goes unseen. */
export function crcOf(
  position: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  data: string,
  metadata: string,
): number {
  return crc32(`${position}\n${stream}\n${revision}\n${id}\n${type}\n${data}\n${metadata}`);
}

/**
 * The event of a row.
 * @throws {LogDamaged} the row is not what was appended.
 */
export function eventOf(row: Row, file: string): RecordedEvent {
  const [position, stream, revision, id, type, data, metadata, crc] = row;
  if (crcOf(position, stream, revision, id, type, data, metadata) !== crc) {
    const found = `the event at position ${position} is not as it was appended (its checksum differs)`;
    throw damagedAt(file, BigInt(position), found);
  }
  return { id, type, data, metadata, stream, revision, position: BigInt(position) };
}
