import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { type Pages, soundPagesOfLog } from '../../history/log-pages.ts';
import type { BlobStore } from '../../importer/blobs/blob-store.ts';
import { verifyBlobs } from '../verify/blobs.ts';
import { type LastScrub, lastScrub, noteScrub } from './last-scrub.ts';

/** So many events are looked at, with the images that they name, before the next rest. */
const EVENTS_AT_ONCE = 20;

/** A rest is so many times as long as the work before it: a tenth of one core's and of the disk's time is used at most. */
const REST = 9;

/** One that failed, since a store was away, is tried again after this time. */
const TRY_AGAIN_MS = 600_000;

/** It is looked whether a scrub is due this often, not at the start at once: another process with the same folder may have done it. */
const LOOK_EVERY_MS = 60_000;

export interface ScrubParts {
  readonly log: EventLog;
  /** Null: images are kept elsewhere. */
  readonly blobs: Pick<BlobStore, 'read'> | null;
  readonly dataDir: string;
  /** 0: never. */
  readonly everyMs: number;
  /** A minute unless set. */
  readonly lookEveryMs?: number;
  readonly logger: { info(fields: object, message: string): void; error(fields: object, message: string): void };
}

/**
 * Looks at all events, whose checksums are compared, and at the bytes of all images, by their sha256: slowly, in the background, again
 * and again. What it finds stays known until the next whole look.
 */
export class Scrub {
  readonly #parts: ScrubParts;
  readonly #stopping = new AbortController();
  #running: Promise<void> | null = null;
  #last: LastScrub | null = null;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
  }

  /** The outcome of the last whole scrub; null if there was none. */
  get last(): LastScrub | null {
    return this.#last;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, dataDir, everyMs, lookEveryMs = LOOK_EVERY_MS, logger } = this.#parts;
    const { signal } = this.#stopping;
    this.#last = await lastScrub(dataDir, log.id);
    let pauseMs = lookEveryMs;
    while (everyMs > 0) {
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      pauseMs = lookEveryMs;
      try {
        this.#last = (await lastScrub(dataDir, log.id)) ?? this.#last;
        if (this.#last === null || Date.now() - Date.parse(this.#last.at) >= everyMs) await this.#scrub();
      } catch (error) {
        if (!signal.aborted)
          logger.error({ err: error }, 'the scrub could not look at everything; it begins again later');
        pauseMs = TRY_AGAIN_MS;
      }
    }
  }

  async #scrub(): Promise<void> {
    const { log, blobs, dataDir, logger } = this.#parts;
    const { signal } = this.#stopping;
    const found = { events: 0, images: 0, faults: 0, first: null as string | null };
    const tell = (fault: string) => {
      found.faults += 1;
      found.first ??= fault;
      logger.error({ fault }, 'the scrub has found damage: restore a backup, or see `imports verify --all --blobs`');
    };
    const end = await log.head();
    const pages = soundPagesOfLog(log, 0n, end, signal, ({ from, until, error }) =>
      tell(from === until ? error.message : `positions ${from} to ${until}: ${error.message}`),
    );
    const counted = slowly(pages, signal, (count) => {
      found.events += count;
    });
    if (blobs === null) for await (const _ of counted);
    else {
      const looking = verifyBlobs(counted, blobs, signal, ({ images }) => {
        found.images = images;
      });
      for await (const { stream, what, reason } of looking) {
        if (what !== 'unread') tell(`${stream}: ${what}: ${reason}`);
      }
    }
    if (signal.aborted) return;
    this.#last = { log: log.id, at: new Date().toISOString(), ...found };
    await noteScrub(dataDir, this.#last);
    logger.info({ ...found }, 'the scrub has looked at everything');
  }
}

/** Some events at a time, with rests between. */
async function* slowly(pages: Pages, signal: AbortSignal, onLooked: (count: number) => void): Pages {
  let began = performance.now();
  for await (const page of pages) {
    for (let start = 0; start < page.length; start += EVENTS_AT_ONCE) {
      const some: readonly RecordedEvent[] = page.slice(start, start + EVENTS_AT_ONCE);
      yield some;
      onLooked(some.length);
      await sleep(REST * (performance.now() - began), undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      began = performance.now();
    }
  }
}
