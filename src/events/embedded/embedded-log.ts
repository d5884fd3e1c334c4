import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchedWorker } from '../../sqlite/batched-worker.ts';
import type { Appended, EventLog, ExpectedRevision, NewEvent, RecordedEvent } from '../event-log.ts';
import { News } from '../news.ts';
import { follow } from './follow.ts';
import { type AppendMessage, charactersIn, errorOf, messageOf, type Place, unknownOutcome } from './messages.ts';
import { Reader } from './reader.ts';
import { program, type WriterThreadData } from './writer-thread.ts';

/** The most appends in one transaction. */
const BATCH_APPENDS = 512;

export interface EmbeddedLogParts {
  readonly file: string;
  readonly id: string;
  readonly busyTimeoutMs: number;
  readonly appendTimeoutMs: number;
  readonly warn: (message: string) => void;
  readonly onBatch?: () => void;
}

/** The port over one SQLite file: written by one thread in groups, read on the caller's. Made by `openEmbeddedLog`. */
export class EmbeddedLog implements EventLog {
  readonly id: string;
  readonly hasDensePositions = true;
  readonly #writer: BatchedWorker<AppendMessage, Place, WriterThreadData>;
  readonly #reader: Reader;
  readonly #news = new News();
  readonly #warn: (message: string) => void;
  #isFailing = false;

  constructor({ file, id, busyTimeoutMs, appendTimeoutMs, warn, onBatch }: EmbeddedLogParts) {
    this.id = id;
    this.#warn = warn;
    const data: WriterThreadData = { file, id, busyTimeoutMs };
    this.#writer = new BatchedWorker({
      program,
      data,
      batchSize: BATCH_APPENDS,
      weightOf: charactersIn,
      timeoutMs: appendTimeoutMs,
      onBatch,
    });
    this.#reader = new Reader(file);
  }

  async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    if (events.length === 0) throw new RangeError('An append needs one event or more.');
    const [revision, position] = await this.#request(messageOf(stream, events, expected));
    this.#news.announce();
    return { revision, position: BigInt(position) };
  }

  async probe(): Promise<void> {
    await this.#request('probe');
  }

  readStream(stream: string, fromRevision = 0, limit = Number.POSITIVE_INFINITY): Promise<RecordedEvent[]> {
    const from = Math.max(0, fromRevision);
    return inPages(limit, (events, rest) => this.#reader.ofStream(stream, from + events.length, rest));
  }

  readAll(after: bigint, limit: number): Promise<RecordedEvent[]> {
    return inPages(limit, (events, rest) => this.#reader.after(events.at(-1)?.position ?? after, rest));
  }

  async head(): Promise<bigint> {
    return BigInt(this.#reader.head());
  }

  follow(after: bigint, signal: AbortSignal): AsyncIterable<readonly RecordedEvent[]> {
    return follow(this.#reader, this.#news, after, signal);
  }

  /** Starts the thread and opens the file in it, so that what stands in the way of appends is known now. */
  async start(): Promise<void> {
    await this.#request(null);
  }

  async close(): Promise<void> {
    // The writer last: the last connection tidies the write-ahead log away, and a read-only one could not.
    this.#reader.close();
    this.#news.wakeAll();
    await this.#writer.close();
  }

  async #request(message: AppendMessage): Promise<Place> {
    let error: Error;
    try {
      const outcome = await this.#writer.request(message);
      if ('reply' in outcome) {
        if (this.#isFailing) this.#warn('Appending to the event log works again.');
        this.#isFailing = false;
        return outcome.reply;
      }
      error = errorOf(outcome.failure);
    } catch (lost) {
      error = unknownOutcome((lost as Error).message, lost);
    }
    if ('code' in error && (error.code === 'log_unavailable' || error.code === 'log_damaged')) this.#failed(error);
    throw error;
  }

  /** Once for each time of trouble, not once for each append. */
  #failed(error: Error): void {
    if (!this.#isFailing) this.#warn(error.message);
    this.#isFailing = true;
  }
}

/** Reads page by page, giving way to the event loop between two, until the limit or the end. */
async function inPages(
  limit: number,
  page: (events: RecordedEvent[], rest: number) => RecordedEvent[],
): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  while (events.length < limit) {
    const more = page(events, limit - events.length);
    if (more.length === 0) break;
    events.push(...more);
    if (events.length < limit) await nextTurn();
  }
  return events;
}
