import { randomUUID } from 'node:crypto';
import type { NewEvent } from '../../src/events/event-log.ts';

/** The name of a stream that no log holds yet. */
export function newStream(): string {
  return `import-${randomUUID()}`;
}

/** A small event with a new id. */
export function newEvent(): NewEvent {
  return { id: randomUUID(), type: 'ImportRequested', data: '{"n":1}', metadata: '{"m":"é","schema_version":1}' };
}
