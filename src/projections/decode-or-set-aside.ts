import { decode } from '../events/decode.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import type { Projectable } from './project.ts';

/** An event to project; one that cannot be decoded, with its reason. */
export function decodeOrSetAside(event: RecordedEvent): Projectable {
  try {
    return decode(event);
  } catch (error) {
    const { stream, revision, position, id, type } = event;
    return {
      stream,
      revision,
      position,
      eventId: id,
      type,
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}
