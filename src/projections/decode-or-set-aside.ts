import { decode } from '../events/decode.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { reasonOf } from '../reason-of.ts';
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
      reason: reasonOf(error),
    };
  }
}
