import type { RecordedEvent } from '../event-log.ts';

/** The metadata of every event of ours has it, and of no version of another form. */
const OUR_FORM = '"schema_version"';

/**
 * Whether metadata has our form. Its text is searched and not parsed: this is asked for each event that is read. Metadata of another
 * application that has this text in some place is taken for ours.
 */
export function hasOurForm(metadata: string): boolean {
  return metadata.includes(OUR_FORM);
}

/** Whether an event in a stream of ours belongs to the log; else it is the server's own (a tombstone) or another application's. */
export function isEventOfOurs({ type, metadata }: Pick<RecordedEvent, 'type' | 'metadata'>): boolean {
  return !type.startsWith('$') && hasOurForm(metadata);
}
