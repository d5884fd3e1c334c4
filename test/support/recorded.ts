import type { RecordedEvent } from '../../src/events/event-log.ts';
import { newId } from '../../src/events/new-id.ts';
import { METADATA } from './events.ts';

export const IMPORT = '3d172b54-f40f-4df9-9342-0b042fac5382';

/** An event as it is in the log; by default the first of an import, at position 1. `metadata` adds to the usual one; null removes. */
export function recorded({
  data = {},
  metadata = {},
  ...event
}: Partial<Omit<RecordedEvent, 'data' | 'metadata'>> & {
  data?: unknown;
  metadata?: object | string;
} = {}): RecordedEvent {
  return {
    id: newId(),
    type: 'ImportRequested',
    stream: `import-${IMPORT}`,
    revision: 0,
    position: BigInt((event.revision ?? 0) + 1),
    ...event,
    data: typeof data === 'string' ? data : JSON.stringify(data),
    metadata: typeof metadata === 'string' ? metadata : JSON.stringify({ ...METADATA, ...metadata }),
  };
}
