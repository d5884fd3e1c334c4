import { decode } from '../../events/decode.ts';
import type { EventLog } from '../../events/event-log.ts';
import { accessStream } from '../../events/streams.ts';
import { pagesOfStream } from '../../history/log-pages.ts';

/** The fingerprints of all keys that a log has had, newest first; null: it knows none. @throws {LogUnavailable} */
export async function keysOf(log: EventLog): Promise<string[] | null> {
  const keys = new Set<string>();
  for await (const page of pagesOfStream(log, accessStream(log.id), new AbortController().signal)) {
    for (const recorded of page) {
      if (recorded.type !== 'KeyIntroduced') continue;
      const event = decode(recorded);
      if (event.type !== 'KeyIntroduced') continue;
      keys.delete(event.data.key);
      keys.add(event.data.key);
    }
  }
  return keys.size === 0 ? null : [...keys].reverse();
}
