import type { EventLog, RecordedEvent } from '../../src/events/event-log.ts';
import { recorded } from '../support/recorded.ts';

/** Events whose positions have gaps, as EventStoreDB has them. */
export const SPARSE = [10, 25, 31, 47, 58].map((position, revision) =>
  recorded({ revision, position: BigInt(position) }),
);

export type Following = (after: bigint) => (readonly RecordedEvent[] | Error)[];

/** A log whose followers get the given pages or errors. */
export function logOf(following: Following): EventLog {
  return {
    async *follow(after: bigint) {
      for (const page of following(after)) {
        if (page instanceof Error) throw page;
        yield page;
      }
    },
  } as Partial<EventLog> as EventLog;
}
