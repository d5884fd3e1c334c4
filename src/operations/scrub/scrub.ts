import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogDamaged } from '../../events/errors.ts';
import type { EventLog } from '../../events/event-log.ts';
import { type Damage, type Pages, soundPagesOfLog } from '../../history/log-pages.ts';
import type { BlobStore } from '../../importer/blobs/blob-store.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import { type LastLook, lastScrub } from '../last-look.ts';
import { verifyBlobs } from '../verify/blobs.ts';
import { isOfView } from '../verify/finding.ts';
import { Found } from '../verify/found.ts';
import { verifyAll } from '../verify/verify-all.ts';
import { Pace } from './pace.ts';

/** So many events are looked at, with their views or the images that they name, before the next rest. */
const EVENTS_AT_ONCE = 20;

/** One that failed, since a store was away, is tried again after this time. */
const TRY_AGAIN_MS = 600_000;

/** It is looked whether a scrub is due this often, not at the start at once: another process with the same folder may have done it. */
const LOOK_EVERY_MS = 60_000;

/** So many findings of a scrub are logged; all are counted. */
const MOST_LOGGED = 100;

export interface ScrubParts {
  readonly log: EventLog;
  readonly readModel: ReadModelReader;
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
 * Looks at all events, whose checksums are compared, at all views, which are compared with the log, and at the bytes of all images, by
 * their sha256: slowly, in the background, again and again. What it finds stays known until the next whole look.
 */
export class Scrub {
  readonly #parts: ScrubParts;
  readonly #stopping = new AbortController();
  readonly #pace = new Pace(this.#stopping.signal);
  #running: Promise<void> | null = null;
  #last: LastLook | null = null;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
  }

  /** The outcome of the last whole scrub; null if there was none. */
  get last(): LastLook | null {
    return this.#last;
  }

  /** Scrubs, rests, and scrubs again, until it is stopped. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends where it is. The next start begins anew. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log, dataDir, everyMs, lookEveryMs = LOOK_EVERY_MS, logger } = this.#parts;
    const { signal } = this.#stopping;
    this.#last = await lastScrub.read(dataDir, log.id);
    let pauseMs = lookEveryMs;
    while (everyMs > 0) {
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      pauseMs = lookEveryMs;
      try {
        this.#last = (await lastScrub.read(dataDir, log.id)) ?? this.#last;
        if (this.#last === null || Date.now() - Date.parse(this.#last.at) >= everyMs) await this.#scrub();
      } catch (error) {
        if (!signal.aborted)
          logger.error({ err: error }, 'the scrub could not look at everything; it begins again later');
        pauseMs = TRY_AGAIN_MS;
      }
    }
  }

  async #scrub(): Promise<void> {
    const { log, logger } = this.#parts;
    const { signal } = this.#stopping;
    const found = new Found();
    this.#pace.begin();
    const end = await log.head();
    const events = await this.#compare(end, found);
    const images = await this.#lookAtImages(end, found);
    if (signal.aborted) return;
    const counts = { events, images, ...found.counts };
    this.#last = { log: log.id, at: new Date().toISOString(), ...counts };
    await this.#note(this.#last);
    logger.info(counts, 'the scrub has looked at everything');
  }

  /** A node that keeps nothing itself may have no data directory yet. */
  async #note(look: LastLook): Promise<void> {
    const { dataDir, logger } = this.#parts;
    try {
      await mkdir(dataDir, { recursive: true, mode: 0o700 });
      await lastScrub.write(dataDir, look);
    } catch (error) {
      const message = `when the scrub last looked at everything is not noted in DATA_DIR ${dataDir}: a restart begins it again`;
      logger.error({ err: error }, message);
    }
  }

  /** The log, and the views. Gives how many events it has looked at. */
  async #compare(end: bigint, found: Found): Promise<number> {
    const { log, readModel } = this.#parts;
    const { signal } = this.#stopping;
    let events = 0;
    const damages: Damage[] = [];
    const pages = this.#slowly(soundPagesOfLog(log, 0n, end, signal, (damage) => void damages.push(damage)));
    const counted = async function* (): Pages {
      for await (const page of pages) {
        events += page.length;
        yield page;
      }
    };
    const rest = () => this.#pace.rest();
    for await (const finding of verifyAll({ log, readModel }, counted(), end, signal, { damages, rest })) {
      const fault = found.add(finding);
      if (fault !== null) this.#say(fault, isOfView(finding), found);
    }
    return events;
  }

  /** Gives how many there are, as far as the log can be read: what is damaged was told already. */
  async #lookAtImages(end: bigint, found: Found): Promise<number> {
    const { log, blobs } = this.#parts;
    const { signal } = this.#stopping;
    let images = 0;
    if (blobs === null) return images;
    const pages = this.#slowly(soundPagesOfLog(log, 0n, end, signal, () => {}));
    try {
      const looking = verifyBlobs(pages, blobs, signal, (looked) => {
        images = looked.images;
      });
      for await (const finding of looking) {
        const fault = found.add(finding);
        if (fault !== null) this.#say(fault, false, found);
      }
    } catch (error) {
      if (!(error instanceof LogDamaged)) throw error;
    }
    return images;
  }

  #say(fault: string, isOfViews: boolean, { counts }: Found): void {
    const { logger } = this.#parts;
    if (counts.faults + counts.differences > MOST_LOGGED) return;
    const message = isOfViews
      ? 'the scrub has found a view that differs from the log: see `imports verify --all --repair --dry-run`'
      : 'the scrub has found damage: restore a backup, or see `imports verify --all --blobs`';
    logger.error({ fault }, message);
  }

  /** Some events at a time, with rests between. */
  async *#slowly(pages: Pages): Pages {
    for await (const page of pages) {
      for (let start = 0; start < page.length; start += EVENTS_AT_ONCE) {
        yield page.slice(start, start + EVENTS_AT_ONCE);
        await this.#pace.rest();
        if (this.#stopping.signal.aborted) return;
      }
    }
  }
}
