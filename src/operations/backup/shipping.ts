import { setTimeout as sleep } from 'node:timers/promises';
import { LogDamaged, LogUnavailable } from '../../events/errors.ts';
import type { EventLog, RecordedEvent } from '../../events/event-log.ts';
import { pagesOfLog } from '../../history/log-pages.ts';
import { type BackupPlace, BackupRefused, type PlaceLock } from './backup-place.ts';
import type { ImageStores } from './bring-image.ts';
import type { MissingImage } from './missing-images.ts';
import { OwedImages } from './owed-images.ts';
import type { Progress } from './progress.ts';
import { writeSealed } from './sealed-secrets.ts';
import { NEVER, SegmentWriter } from './segment-writer.ts';

/** While the log is silent, what the backup has is said anew this often: so its age is known. */
const SAID_ANEW_AFTER_MS = 30_000;

/** So often the sealed secrets are looked at, though no event tells of a change. */
const SEALED_EVERY_MS = 10 * 60_000;

/** So long after the signal, what the log has got meanwhile is still taken. */
const LAST_LOOK_MS = 5_000;

/** More events than these are acknowledged before the backup is level with the log. */
const MOST_PENDING = 20_000;

export interface ShippingParts {
  /** The id of the log. */
  readonly logId: string;
  readonly place: BackupPlace;
  readonly lock: PlaceLock;
  readonly images: ImageStores;
  /** What `sealedText` gives. @throws {SealedUnavailable} */
  readonly sealed: () => Promise<string>;
  /** Null: once, up to the present head of the log. */
  readonly everyMs: number | null;
  /** How long an outage of the service's store of images is waited out. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** Is called after each acknowledgement. */
  readonly onAcknowledged: (progress: Progress) => void;
  /** Is called after each page with how many events were added, and the share that is done; null: unknown. */
  readonly onProgress: (events: number, share: number | null) => void;
  readonly onMissing: (image: MissingImage) => void;
  /** Is called with what does not work just now, and is tried again. */
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Takes what a log has into a backup, from what the backup has acknowledged on: once, or until the signal aborts. Then it takes what the
 * log has by now, and ends in good order.
 * @throws {BackupRefused} the log does not have the last event of the backup in its place
 * @throws {BackupDamaged | BackupInUse | BackupUnavailable | LogUnavailable | LogDamaged | SealedUnavailable | StorageUnavailable}
 */
export async function shipLog(log: EventLog, parts: ShippingParts): Promise<Progress> {
  if (log.id !== parts.logId) {
    throw new BackupRefused(`The log was replaced by another one, ${log.id}: back that up to another place.`);
  }
  await parts.lock.assertHeld();
  const writer = await SegmentWriter.resume(parts.place);
  const ending = new AbortController();
  try {
    await assertHas(log, writer.progress);
    return await new Shipping(log, writer, parts, ending.signal).run();
  } finally {
    ending.abort();
    await writer.close().catch(() => {});
  }
}

/** A log that was replaced by another one, or by an older copy, is not shipped: its events would come after those of another time. */
async function assertHas(log: EventLog, { up_to, last }: Progress): Promise<void> {
  if (last === null) return;
  const { stream, revision, id } = last;
  const [found] = await log.readStream(stream, revision, 1);
  if (found?.id === id && String(found.position) === up_to) return;
  throw new BackupRefused(
    `The backup has event ${id} at position ${up_to}, revision ${revision} of ${stream}, and the log has ${found === undefined ? 'none' : 'another one'} there: the log was ` +
      'replaced, or restored from an older backup. Nothing was added. Keep this backup, and back the log up to another place.',
  );
}

class Shipping {
  readonly #log: EventLog;
  readonly #writer: SegmentWriter;
  readonly #parts: ShippingParts;
  readonly #ending: AbortSignal;
  readonly #began: number;
  #acknowledged: Progress;
  #acknowledgedAtMs = performance.now();
  /** Whether a page comes after a pause, in which the log may have been replaced where it lies. */
  #isAfterPause = false;
  #sealed: string | null = null;
  #sealedDueAtMs = 0;

  constructor(log: EventLog, writer: SegmentWriter, parts: ShippingParts, ending: AbortSignal) {
    this.#log = log;
    this.#writer = writer;
    this.#parts = parts;
    this.#ending = ending;
    this.#acknowledged = writer.progress;
    this.#began = writer.progress.events;
  }

  async run(): Promise<Progress> {
    const { place, images: stores, patienceMs, onMissing, onTrouble, everyMs, signal } = this.#parts;
    const parts = { place, stores, patienceMs, onMissing, onTrouble, signal: this.#ending };
    const images = await OwedImages.resume(parts, this.#acknowledged.images);
    const { up_to } = this.#acknowledged;
    for await (const page of pagesOfLog(this.#log, BigInt(images.progress.up_to), BigInt(up_to), signal)) {
      images.add(page);
      await images.untilFewer();
    }
    try {
      if (everyMs === null) await this.#once(images);
      else await this.#forEver(images, everyMs);
    } catch (error) {
      if (error instanceof LogDamaged) await this.#takeOneByOne(images);
      // What came before is of use.
      if (error instanceof LogDamaged || error instanceof LogUnavailable) await this.#acknowledge(images, null);
      throw error;
    }
    return this.#acknowledged;
  }

  /** All events before the first one that is damaged. */
  async #takeOneByOne(images: OwedImages): Promise<void> {
    try {
      for (;;) {
        const page = await this.#log.readAll(BigInt(this.#writer.progress.up_to), 1);
        if (page.length === 0) return;
        await this.#take(page, images);
      }
    } catch (error) {
      if (!(error instanceof LogDamaged)) throw error;
    }
  }

  async #once(images: OwedImages): Promise<void> {
    const { signal } = this.#parts;
    const asked = new Date();
    await this.#takeUpTo(await this.#log.head(), images, signal);
    await this.#acknowledge(images, signal.aborted ? null : asked);
    // The events are safe by now. What the images have come to is acknowledged now and then.
    const isOwing = () => BigInt(this.#acknowledged.images.up_to) < BigInt(this.#acknowledged.up_to);
    while (!signal.aborted && isOwing()) {
      await Promise.race([images.untilFewer(0), sleep(1_000, undefined, { ref: false })]);
      await this.#acknowledge(images, null);
    }
    if (!signal.aborted) await this.#keepSealed();
  }

  async #forEver(images: OwedImages, everyMs: number): Promise<void> {
    const { signal, onTrouble } = this.#parts;
    let asked = new Date();
    let pending = 0;
    for await (const page of this.#log.follow(BigInt(this.#writer.progress.up_to), signal)) {
      await this.#take(page, images);
      pending += page.length;
      const isLevel = page.length === 0;
      if (isLevel || pending >= MOST_PENDING) {
        await this.#acknowledge(images, isLevel ? asked : null);
        pending = 0;
      }
      if (isLevel) {
        await this.#keepSealed().catch(onTrouble);
        const restMs = everyMs - (Date.now() - asked.getTime());
        await sleep(Math.max(0, restMs), undefined, { signal }).catch(() => {});
        this.#isAfterPause = true;
      }
      asked = new Date();
    }
    const last = AbortSignal.timeout(LAST_LOOK_MS);
    await this.#takeUpTo(await this.#log.head(), images, last);
    await Promise.race([images.untilFewer(0), sleep(LAST_LOOK_MS, undefined, { ref: false })]);
    await this.#acknowledge(images, last.aborted ? null : asked);
  }

  async #takeUpTo(head: bigint, images: OwedImages, signal: AbortSignal): Promise<void> {
    const after = BigInt(this.#writer.progress.up_to);
    this.#isAfterPause = true;
    for await (const page of pagesOfLog(this.#log, after, head, signal)) {
      await this.#take(page, images);
      const upTo = page.at(-1)?.position ?? after;
      const share = this.#log.hasDensePositions ? Number(upTo - after) / Number(head - after) : null;
      this.#parts.onProgress(this.#writer.progress.events - this.#began, share);
    }
  }

  async #take(page: readonly RecordedEvent[], images: OwedImages): Promise<void> {
    if (page.length === 0) return;
    if (this.#isAfterPause) await assertHas(this.#log, this.#writer.progress);
    this.#isAfterPause = false;
    await this.#writer.add(page);
    images.add(page);
    // After a change of the keys they may be sealed anew.
    if (page.some(({ type }) => /^(Connection|Key)/.test(type))) this.#sealedDueAtMs = 0;
    await images.untilFewer();
  }

  /** @param at when the log had no more; null: it may have */
  async #acknowledge(images: OwedImages, at: Date | null): Promise<void> {
    const before = this.#acknowledged;
    const now = this.#writer.progress;
    const isSame = now.events === before.events && JSON.stringify(images.progress) === JSON.stringify(before.images);
    if (isSame && (at === null || performance.now() - this.#acknowledgedAtMs < SAID_ANEW_AFTER_MS) && now.at !== NEVER)
      return;
    if (isSame) await assertHas(this.#log, now);
    await this.#parts.lock.assertHeld();
    // Before the list of those that are missing is kept, since they go on meanwhile.
    const { progress } = images;
    await images.keepMissing();
    this.#acknowledged = await this.#writer.commit(progress, at ?? new Date(now.at));
    this.#acknowledgedAtMs = performance.now();
    this.#parts.onAcknowledged(this.#acknowledged);
  }

  async #keepSealed(): Promise<void> {
    if (performance.now() < this.#sealedDueAtMs) return;
    const text = await this.#parts.sealed();
    if (text !== this.#sealed) await writeSealed(this.#parts.place, text);
    this.#sealed = text;
    this.#sealedDueAtMs = performance.now() + SEALED_EVERY_MS;
  }
}
