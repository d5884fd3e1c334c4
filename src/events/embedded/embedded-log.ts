import { BatchedWorker } from '../../sqlite/batched-worker.ts';
import { LogDamaged, LogUnavailable } from '../errors.ts';
import type { Appended, ExpectedRevision, NewEvent } from '../event-log.ts';
import { EmbeddedLogForReading } from './embedded-log-for-reading.ts';
import { holdFile } from './file-header.ts';
import { type AppendMessage, charactersIn, errorOf, messageOf, type Place } from './messages.ts';
import { NewestPosition } from './newest-position.ts';
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

/** The port over one SQLite file. One thread writes in batches; reads run on the caller's thread. Made by `openEmbeddedLog`. */
export class EmbeddedLog extends EmbeddedLogForReading {
  readonly #writer: BatchedWorker<AppendMessage, Place, WriterThreadData>;
  readonly #warn: (message: string) => void;
  /** The code of the error with which appends fail; null while they work. */
  #failing: string | null = null;

  constructor({ file, id, busyTimeoutMs, appendTimeoutMs, warn, onBatch }: EmbeddedLogParts) {
    const newest = new NewestPosition(file);
    const held = holdFile(file);
    super(id, new Reader(file, held.fd, newest), held);
    this.#warn = warn;
    const data: WriterThreadData = { file, fd: held.fd, id, newest: newest.shared, busyTimeoutMs };
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
    const place = await this.#request(messageOf(stream, events, expected));
    this.appends.add(stream, events, place);
    this.news.announce();
    const [revision, position] = place;
    return { revision, position: BigInt(position) };
  }

  override async probe(): Promise<void> {
    await this.#request('probe');
  }

  /** Starts the thread, which opens the file: if appends are not possible, that is known now. */
  async start(): Promise<void> {
    await this.#request(null);
  }

  protected override async closeWriter(): Promise<void> {
    await this.#writer.close();
  }

  async #request(message: AppendMessage): Promise<Place> {
    let error: Error;
    try {
      const outcome = await this.#writer.request(message);
      if ('reply' in outcome) {
        if (this.#failing !== null) this.#warn('Appending to the event log works again.');
        this.#failing = null;
        return outcome.reply;
      }
      error = errorOf(outcome.failure);
    } catch (lost) {
      error = new LogUnavailable((lost as Error).message, lost);
    }
    if (error instanceof LogUnavailable || error instanceof LogDamaged) this.#failed(error);
    throw error;
  }

  /** Logs once for each outage, not once for each append. */
  #failed({ code, message }: LogUnavailable | LogDamaged): void {
    if (this.#failing !== code) this.#warn(message);
    this.#failing = code;
  }
}
