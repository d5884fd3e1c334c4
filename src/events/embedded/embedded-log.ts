import { BatchedWorker } from '../../sqlite/batched-worker.ts';
import type { Appended, ExpectedRevision, NewEvent } from '../event-log.ts';
import { EmbeddedLogForReading } from './embedded-log-for-reading.ts';
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
export class EmbeddedLog extends EmbeddedLogForReading {
  readonly #writer: BatchedWorker<AppendMessage, Place, WriterThreadData>;
  readonly #warn: (message: string) => void;
  #isFailing = false;

  constructor({ file, id, busyTimeoutMs, appendTimeoutMs, warn, onBatch }: EmbeddedLogParts) {
    super(id, new Reader(file));
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
  }

  override async append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> {
    if (events.length === 0) throw new RangeError('An append needs one event or more.');
    const [revision, position] = await this.#request(messageOf(stream, events, expected));
    this.news.announce();
    return { revision, position: BigInt(position) };
  }

  override async probe(): Promise<void> {
    await this.#request('probe');
  }

  /** Starts the thread and opens the file in it, so that what stands in the way of appends is known now. */
  async start(): Promise<void> {
    await this.#request(null);
  }

  override async close(): Promise<void> {
    // The writer last: the last connection tidies the write-ahead log away, and a read-only one could not.
    await super.close();
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
