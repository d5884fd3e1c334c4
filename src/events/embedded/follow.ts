import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordedEvent } from '../event-log.ts';
import type { News } from '../news.ts';
import type { OwnAppends } from './own-appends.ts';
import { PAGE_EVENTS, type Reader } from './reader.ts';

/** How often to look for events that other processes appended. */
const POLL_MS = 100;

/** How often to say "level" in silence; the port promises once a second. */
const LEVEL_EVERY_MS = 900;

/** The port's `follow` over a reader; `news` tells of this process's own appends. */
export async function* follow(
  reader: Reader,
  appends: OwnAppends,
  news: News,
  after: bigint,
  signal: AbortSignal,
): AsyncGenerator<readonly RecordedEvent[], void, void> {
  let last = after;
  let readMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    let page = appends.after(last, PAGE_EVENTS);
    if (page.length === 0) {
      const waitMs = appends.newest === last ? readMs + POLL_MS - performance.now() : 0;
      // The next of this process's appends come from memory too; those of others are looked for as often as in silence.
      if (waitMs > 0) {
        await news.wait(waitMs, signal);
        continue;
      }
      readMs = performance.now();
      page = reader.after(last, PAGE_EVENTS);
    }
    last = page.at(-1)?.position ?? last;
    yield page;
    // During a long catch-up, requests need the event loop too.
    if (page.length > 0) await nextTurn();
    else await untilNews(reader, news, last, signal);
  }
}

async function untilNews(reader: Reader, news: News, last: bigint, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + LEVEL_EVERY_MS;
  do {
    await news.wait(POLL_MS, signal);
  } while (!signal.aborted && performance.now() < deadline && BigInt(reader.head()) <= last);
}
