import pLimit from 'p-limit';
import type { RecordedEvent } from '../../events/event-log.ts';
import type { Image } from '../../events/import-events.ts';
import { StorageUnavailable } from '../../importer/blobs/blob-store.ts';
import { doubling, retry } from '../../time/retry.ts';
import { imageIn } from '../verify/blobs.ts';
import { type BackupPlace, BackupUnavailable } from './backup-place.ts';
import { bringImage, type ImageStores } from './bring-image.ts';
import { type MissingImage, MOST_LISTED, readMissing, writeMissing } from './missing-images.ts';
import type { Progress } from './progress.ts';

const AT_ONCE = 4;
/** The progress moves after so many. */
const TOGETHER = 64;
/** So many may wait: some 30 MB. Then the events wait, too. */
const MOST_OWED = 50_000;

const PAUSES = doubling(200, 5_000);

interface Owed {
  readonly image: Image;
  readonly stream: string;
  /** The position of the event before the one that names it. */
  readonly before: bigint;
}

export interface OwedImagesParts {
  readonly place: BackupPlace;
  readonly stores: ImageStores;
  /** How long an outage is waited out. */
  readonly patienceMs: number;
  /** Is called with each image that cannot be had. */
  readonly onMissing: (image: MissingImage) => void;
  /** Is called with each try that failed. */
  readonly onTrouble: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** The images that the events of a backup name: they are brought beside the events, in their order. */
export class OwedImages {
  readonly #parts: OwedImagesParts;
  readonly #owed: Owed[] = [];
  /** By image. */
  readonly #missing = new Map<string, MissingImage>();
  /** How many more are missing than are listed. */
  #unlisted = 0;
  #isMissingKept = true;
  #position: bigint;
  #kept: number;
  #working: Promise<void> | null = null;
  #failure: { readonly error: unknown } | null = null;
  /** Are called after some were brought, or cannot be. */
  #waiting: (() => void)[] = [];

  private constructor(parts: OwedImagesParts, { up_to, kept }: Progress['images']) {
    this.#parts = parts;
    this.#position = BigInt(up_to);
    this.#kept = kept;
  }

  /** Goes on, and tries those again that were missing. @throws {BackupDamaged | BackupUnavailable} */
  static async resume(parts: OwedImagesParts, progress: Progress['images']): Promise<OwedImages> {
    const owed = new OwedImages(parts, progress);
    const before = await readMissing(parts.place);
    owed.#unlisted = Math.max(0, progress.missing - before.length);
    for (const missing of before) {
      const reason = parts.signal.aborted
        ? missing.reason
        : await bringImage(missing, parts.stores).catch((error) => {
            // That may not stop the events.
            if (error instanceof StorageUnavailable) return missing.reason;
            throw error;
          });
      if (reason !== null) owed.#missing.set(missing.id, { ...missing, reason });
      else {
        owed.#kept += 1;
        owed.#isMissingKept = false;
      }
    }
    return owed;
  }

  /** How far it is. */
  get progress(): Progress['images'] {
    const upTo = this.#owed[0]?.before ?? this.#position;
    return { up_to: String(upTo), kept: this.#kept, missing: this.#missing.size + this.#unlisted };
  }

  /** Takes the events that come next in the log. Those that it has seen are passed over. */
  add(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      if (event.position <= this.#position) continue;
      for (const { stream, image } of imageIn(event)) this.#owed.push({ image, stream, before: this.#position });
      this.#position = event.position;
    }
    if (this.#owed.length === 0 || this.#failure !== null) return;
    this.#working ??= this.#work()
      .catch((error) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#working = null;
        this.#wake();
      });
  }

  /** Resolves when no more than so many are owed, or when the signal aborts. @throws why they cannot be brought */
  async untilFewer(most = MOST_OWED): Promise<void> {
    const { signal } = this.#parts;
    while (this.#owed.length > most && this.#failure === null && !signal.aborted) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Keeps the list of those that are missing, before the progress is acknowledged. @throws {BackupUnavailable} */
  async keepMissing(): Promise<void> {
    if (this.#isMissingKept) return;
    this.#isMissingKept = true;
    await writeMissing(this.#parts.place, [...this.#missing.values()]);
  }

  async #work(): Promise<void> {
    const { signal, onTrouble, patienceMs } = this.#parts;
    const inTurn = pLimit(AT_ONCE);
    while (this.#owed.length > 0 && !signal.aborted) {
      const some = this.#owed.slice(0, TOGETHER);
      const bring = () => inTurn.map(some, ({ image }) => bringImage(image, this.#parts.stores));
      const reasons = await retry(bring, {
        when: (error) => error instanceof StorageUnavailable || error instanceof BackupUnavailable,
        ...{ pauseMs: PAUSES, withinMs: patienceMs, onFailure: onTrouble, signal },
      });
      for (const [index, reason] of reasons.entries()) this.#brought(some[index] as Owed, reason);
      this.#owed.splice(0, some.length);
      this.#wake();
    }
  }

  #brought({ image: { id, sha256, bytes }, stream }: Owed, reason: string | null): void {
    if (reason === null) {
      this.#kept += 1;
      return;
    }
    const missing = { id, stream, sha256, bytes, reason };
    if (!this.#missing.has(id)) this.#parts.onMissing(missing);
    if (this.#missing.size < MOST_LISTED) this.#missing.set(id, missing);
    else this.#unlisted += 1;
    this.#isMissingKept = false;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
