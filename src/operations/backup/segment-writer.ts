import { createHash, type Hash } from 'node:crypto';
import type { RecordedEvent } from '../../events/event-log.ts';
import { exportLine } from '../transfer/event-line.ts';
import { BackupDamaged, type BackupPlace, type OpenSegment } from './backup-place.ts';
import { type Progress, readProgress, writeProgress } from './progress.ts';
import { closingLine, SEGMENT_BYTES, segmentFile, segmentName, sha256Of } from './segment.ts';

/** A segment is closed after this time, if it began in this process: in S3 it is many objects until then. */
const OPEN_FOR_MS = 60 * 60 * 1_000;

/** Lines are given to the place in chunks of about so many characters. */
const CHUNK_CHARACTERS = 1024 * 1024;

/** The time at which a backup that has acknowledged nothing yet had all. */
export const NEVER = new Date(0).toISOString();

const NOTHING: Progress = {
  up_to: '0',
  last: null,
  events: 0,
  closed: null,
  open: null,
  images: { up_to: '0', kept: 0, missing: 0 },
  at: NEVER,
};

interface Growing {
  readonly name: string;
  readonly number: number;
  readonly segment: OpenSegment;
  readonly hash: Hash;
  readonly sinceMs: number;
  /** The position after which it begins. */
  readonly after: string;
  events: number;
  bytes: number;
}

/**
 * Writes events to the segments of a backup. Only `commit` acknowledges. After an error it is of no use any more: another one goes on from
 * what was acknowledged.
 */
export class SegmentWriter {
  readonly #place: BackupPlace;
  readonly #segmentBytes: number;
  /** As of the last event that was added. */
  #progress: Progress;
  #growing: Growing | null = null;

  private constructor(place: BackupPlace, progress: Progress, segmentBytes: number) {
    this.#place = place;
    this.#progress = progress;
    this.#segmentBytes = segmentBytes;
  }

  /** Goes on from what a backup has acknowledged. @throws {BackupDamaged | BackupUnavailable} */
  static async resume(place: BackupPlace, segmentBytes = SEGMENT_BYTES): Promise<SegmentWriter> {
    const progress = (await readProgress(place)) ?? (await begun(place));
    const writer = new SegmentWriter(place, progress, segmentBytes);
    const { open, closed } = progress;
    await place.tidy(open?.name ?? null);
    if (open === null) return writer;
    const file = segmentFile(open.name);
    const bytes = await place.readSegment(open.name, open.bytes);
    if (bytes === null) throw new BackupDamaged(`${file}: it is missing`);
    if (sha256Of(bytes) !== open.sha256) {
      throw new BackupDamaged(`${file}: its first ${open.bytes} bytes are not those that were acknowledged`);
    }
    writer.#growing = {
      ...{ name: open.name, number: open.number, events: open.events, bytes: open.bytes },
      ...{ segment: await place.openSegment(open.name, bytes), hash: createHash('sha256').update(bytes) },
      ...{ sinceMs: performance.now(), after: closed?.up_to ?? '0' },
    };
    return writer;
  }

  /** With what was added, and is not acknowledged yet. */
  get progress(): Progress {
    return this.#progress;
  }

  /** Adds events that come next in the log. They are not durable yet. @throws {BackupUnavailable} */
  async add(events: readonly RecordedEvent[]): Promise<void> {
    let chunk = '';
    for (const event of events) {
      this.#growing ??= await this.#begin(event);
      chunk += exportLine(event);
      this.#growing.events += 1;
      const { stream, revision, id, position } = event;
      const count = this.#progress.events + 1;
      this.#progress = { ...this.#progress, up_to: String(position), last: { stream, revision, id }, events: count };
      if (chunk.length < CHUNK_CHARACTERS && this.#growing.bytes + chunk.length < this.#segmentBytes) continue;
      await this.#append(this.#growing, chunk);
      chunk = '';
      if (this.#growing.bytes >= this.#segmentBytes) await this.#finish(this.#growing);
    }
    if (chunk !== '' && this.#growing !== null) await this.#append(this.#growing, chunk);
  }

  /**
   * Acknowledges all that was added, once it is durable.
   * @param at when the log had no more than that
   * @throws {BackupUnavailable} nothing was acknowledged
   */
  async commit(images: Progress['images'], at: Date): Promise<Progress> {
    const growing = this.#growing;
    if (growing !== null && performance.now() - growing.sinceMs >= OPEN_FOR_MS) await this.#finish(growing);
    else await growing?.segment.sync();
    await this.#acknowledge({ images, at: at.toISOString() });
    return this.#progress;
  }

  /** Lets go of the place. */
  async close(): Promise<void> {
    await this.#growing?.segment.close();
    this.#growing = null;
  }

  async #begin({ position }: RecordedEvent): Promise<Growing> {
    const name = segmentName(position);
    const { closed, up_to } = this.#progress;
    return {
      ...{ name, number: (closed?.number ?? 0) + 1, events: 0, bytes: 0, after: up_to },
      ...{ segment: await this.#place.openSegment(name, Buffer.alloc(0)), hash: createHash('sha256') },
      sinceMs: performance.now(),
    };
  }

  async #append(growing: Growing, lines: string): Promise<void> {
    const bytes = Buffer.from(lines);
    growing.hash.update(bytes);
    growing.bytes += bytes.length;
    await growing.segment.append(bytes);
  }

  /** Closes a segment, and acknowledges that. */
  async #finish({ number, segment, hash, after, events }: Growing): Promise<void> {
    const sha256 = hash.digest('hex');
    const { up_to, closed } = this.#progress;
    const line = closingLine({ number, after, up_to, events, sha256, before: closed?.sha256 ?? null });
    await segment.finish(Buffer.from(line));
    this.#growing = null;
    this.#progress = { ...this.#progress, closed: { number, up_to, sha256 } };
    await this.#acknowledge({});
    await this.#place.tidy(null);
  }

  async #acknowledge(also: Partial<Progress>): Promise<void> {
    const progress = { ...this.#progress, ...also, open: this.#growing && openOf(this.#growing) };
    await writeProgress(this.#place, progress);
    this.#progress = progress;
  }
}

function openOf({ name, number, events, bytes, hash }: Growing): Progress['open'] {
  return { name, number, events, bytes, sha256: hash.copy().digest('hex') };
}

/** From the beginning on there is a progress: where one was lost, what is there must not be written over. */
async function begun(place: BackupPlace): Promise<Progress> {
  if ((await place.segments()).length > 0) {
    throw new BackupDamaged(
      'progress.json: it is missing, and there are events. Nothing was changed. Put it back, or back up to another place.',
    );
  }
  await writeProgress(place, NOTHING);
  return NOTHING;
}
