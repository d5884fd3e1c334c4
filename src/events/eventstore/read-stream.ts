import type { EventStoreDBClient } from '@eventstore/db-client';
import type { RecordedEvent } from '../event-log.ts';
import { messages } from './calls.ts';
import { isEventOfOurs } from './our-events.ts';
import { ofStream } from './requests.ts';
import { eventIn } from './stored-event.ts';
import type { StreamNames } from './stream-names.ts';

/** A part of a stream. */
export interface PartOfStream {
  readonly events: RecordedEvent[];
  /** How many events of other applications are before, between and after those. */
  readonly foreign: number;
}

/**
 * Up to `limit` events of ours in a stream from a revision on. Only if others are among the first `limit` events is there a second request.
 * @throws {NoAnswer} nothing came for `readMs`; else the client's errors
 */
export async function readOurs(
  client: EventStoreDBClient,
  names: StreamNames,
  { stream, from, limit }: { readonly stream: string; readonly from: number; readonly limit: number },
  readMs: number,
): Promise<PartOfStream> {
  const events: RecordedEvent[] = [];
  let [next, foreign] = [from, 0];
  for (const count of [limit, Number.MAX_SAFE_INTEGER]) {
    let read = 0;
    for await (const message of messages(client, ofStream(names.onServer(stream), next, count), readMs)) {
      const event = eventIn(message, names);
      if (event === null) continue;
      next = event.revision + 1;
      read += 1;
      if (isEventOfOurs(event)) events.push(event);
      else foreign += 1;
      if (events.length === limit && count > limit) break;
    }
    if (events.length === limit || read < count) break;
  }
  return { events, foreign };
}
