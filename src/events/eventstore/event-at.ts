import type { EventStoreDBClient } from '@eventstore/db-client';
import type { RecordedEvent } from '../event-log.ts';
import { messages } from './calls.ts';
import { isInvalidPosition } from './client-errors.ts';
import { fromPlace } from './requests.ts';
import { ourEventIn } from './stored-event.ts';
import type { StreamNames } from './stream-names.ts';

/** Our event at a position; null if there is another one, or none begins there. @throws {NoAnswer} nothing came for `readMs`; else the client's errors */
export async function ourEventAt(
  client: EventStoreDBClient,
  names: StreamNames,
  position: bigint,
  readMs: number,
): Promise<RecordedEvent | null> {
  if (position <= 0n) return null;
  try {
    for await (const message of messages(client, fromPlace({ commit: position, prepare: position }), readMs)) {
      const event = ourEventIn(message, names);
      if (event?.position === position) return event;
    }
  } catch (error) {
    if (!isInvalidPosition(error)) throw error;
  }
  return null;
}
