import type { RecordedEvent } from '../event-log.ts';

/** Whether an event in a stream of ours belongs to the log: all do, except the server's own (tombstones). */
export function isEventOfOurs({ type }: Pick<RecordedEvent, 'type'>): boolean {
  return !type.startsWith('$');
}
