import { randomUUID } from 'node:crypto';
import { DELETED, type LogRecord, type ProposedEvent } from './record.ts';

/** The state of the stream that an append expects. */
export type Expectation = bigint | 'no_stream' | 'any';

export type Outcome =
  | { readonly result: 'success'; readonly revision: bigint; readonly position: bigint }
  | { readonly result: 'wrong_expected_version'; readonly current: bigint | 'no_stream' }
  | { readonly result: 'stream_deleted' }
  /** A repeat of an append that is written, but not committed yet. It is never answered. */
  | { readonly result: 'dropped' };

/** The bytes of a record in the log, without its contents. */
const HEADER_BYTES = 86n;

/** The time until a write is committed (on disk, replicated, in the index), together with others that wait. */
const COMMIT_MS = 2;

/** `$tb` of a stream that is deleted softly: none of its events can be read any more. */
const ALL_TRUNCATED = 0x7fffffffffffffffn;

/**
 * The log, in memory: one sequence of records and the streams as views of it. Decides an append by the rules of
 * the real server (EventStore/EventStore, IndexWriter.CheckCommit). What is written can be read once it is committed.
 */
export class Log {
  /** The committed records. */
  readonly #records: LogRecord[] = [];
  #uncommitted: LogRecord[] = [];
  #committing: PromiseWithResolvers<void> | undefined;
  /** All records, including those that are not committed yet. */
  readonly #streams = new Map<string, LogRecord[]>();
  /** Before which revision a stream's events are gone. */
  readonly #truncatedBefore = new Map<string, bigint>();
  /** The newest record of each event id. The real server has a cache of those that it wrote since its start. */
  readonly #written = new Map<string, LogRecord>();
  readonly #waiting = new Set<() => void>();
  #end = 0n;

  get records(): readonly LogRecord[] {
    return this.#records;
  }

  /** The offset of the end of the committed records. */
  get end(): bigint {
    return this.last?.end ?? 0n;
  }

  get last(): LogRecord | undefined {
    return this.#records.at(-1);
  }

  /** The stream's events that can be read; undefined if there is no such stream, or if it is deleted softly. */
  stream(name: string): readonly LogRecord[] | undefined {
    const { end } = this;
    const first = this.#truncatedBefore.get(name) ?? 0n;
    const records = this.#streams.get(name)?.filter((record) => record.revision >= first && record.end <= end);
    return records?.length === 0 ? undefined : records;
  }

  isDeleted(name: string): boolean {
    return this.#currentRevision(name) === DELETED;
  }

  /** Resolves when all writes are committed. */
  async append(stream: string, events: readonly ProposedEvent[], expected: Expectation): Promise<Outcome> {
    const outcome = this.#write(stream, events, expected);
    if (this.#uncommitted.length > 0 && outcome.result === 'success') await this.#commitSoon();
    return outcome;
  }

  /** Appends, and commits at once. */
  appendNow(stream: string, events: readonly ProposedEvent[]): void {
    this.#write(stream, events, 'any');
    this.#commit();
  }

  /** Deletes the stream for good. Like any event, the tombstone has its place in the log. */
  tombstone(stream: string): void {
    const tombstone = { id: randomUUID(), type: '$streamDeleted', isJson: false };
    this.#record(stream, DELETED, { ...tombstone, data: new Uint8Array(), metadata: new Uint8Array() });
    this.#commit();
  }

  /** Deletes the stream so that it can be begun again, with its next revision. */
  deleteSoftly(stream: string): void {
    this.#truncate(stream, ALL_TRUNCATED);
    this.#commit();
  }

  /**
   * The effect of a restart on the real server: its cache of event ids is empty. So a repeated append that expects anything is no longer
   * recognized. (One that expects a revision is still recognized, by the log.)
   */
  forgetWrittenIds(): void {
    this.#written.clear();
  }

  /** Resolves when there is a record after the first `count`, or `signal` aborts. */
  async grownBeyond(count: number, signal: AbortSignal): Promise<void> {
    while (this.#records.length <= count && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  /** The index of the first record that begins at `offset` or after it. */
  indexFrom(offset: bigint): number {
    let [low, high] = [0, this.#records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle] as LogRecord).position < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether a read may begin there: at the beginning of a record, or after all of them. */
  isBoundary(offset: bigint): boolean {
    return offset >= this.end || this.#records[this.indexFrom(offset)]?.position === offset;
  }

  /** The outcome if nothing must be written; undefined if the events must be written. */
  #check(stream: string, events: readonly ProposedEvent[], expected: Expectation): Outcome | undefined {
    const current = this.#currentRevision(stream);
    const wrong = { result: 'wrong_expected_version', current: current === -1n ? 'no_stream' : current } as const;
    if (current === DELETED) return { result: 'stream_deleted' };
    const repeated = this.#repeated(stream, events, expected);
    if (repeated === 'partly') return wrong;
    if (repeated !== undefined) return repeated.end > this.end ? { result: 'dropped' } : success(repeated);
    if (expected === 'any') return undefined;
    if (expected === 'no_stream' && this.#isDeletedSoftly(stream)) return undefined;
    return revisionOf(expected) === current ? undefined : wrong;
  }

  /**
   * The record of the last event if the events were written before. If the append expects a revision, they must come right after it;
   * if it expects less, their ids identify them.
   */
  #repeated(stream: string, events: readonly ProposedEvent[], expected: Expectation): LogRecord | 'partly' | undefined {
    let found: LogRecord | undefined;
    for (const [index, { id }] of events.entries()) {
      const record = this.#earlier(stream, id, expected, index);
      if (record === undefined) return index === 0 ? undefined : 'partly';
      found = record;
    }
    return found;
  }

  #earlier(stream: string, id: string, expected: Expectation, index: number): LogRecord | undefined {
    if (expected === 'any') {
      const record = this.#written.get(id);
      return record?.stream === stream ? record : undefined;
    }
    const record = this.#streams.get(stream)?.[Number(revisionOf(expected)) + 1 + index];
    return record?.id === id ? record : undefined;
  }

  #write(stream: string, events: readonly ProposedEvent[], expected: Expectation): Outcome {
    const decided = this.#check(stream, events, expected);
    if (decided !== undefined) return decided;
    const current = this.#currentRevision(stream);
    const records = events.map((event, index) => this.#record(stream, current + 1n + BigInt(index), event));
    if (this.#isDeletedSoftly(stream)) this.#truncate(stream, current + 1n);
    return success(records.at(-1) as LogRecord);
  }

  #record(stream: string, revision: bigint, event: ProposedEvent): LogRecord {
    const position = this.#end;
    this.#end += HEADER_BYTES + BigInt(stream.length + event.type.length + event.data.length + event.metadata.length);
    const created = BigInt(Date.now()) * 10_000n;
    const record = { ...event, stream, revision, position, end: this.#end, created };
    this.#uncommitted.push(record);
    this.#written.set(event.id, record);
    const records = this.#streams.get(stream);
    if (records === undefined) this.#streams.set(stream, [record]);
    else records.push(record);
    return record;
  }

  #truncate(stream: string, before: bigint): void {
    const metadata = { id: randomUUID(), type: '$metadata', isJson: true, metadata: new Uint8Array() };
    const metastream = `$$${stream}`;
    this.#truncatedBefore.set(stream, before);
    this.#record(metastream, this.#currentRevision(metastream) + 1n, {
      ...metadata,
      data: Buffer.from(`{"$tb":${before}}`),
    });
  }

  #isDeletedSoftly(stream: string): boolean {
    return this.#truncatedBefore.get(stream) === ALL_TRUNCATED;
  }

  #commitSoon(): Promise<void> {
    if (this.#committing === undefined) {
      this.#committing = Promise.withResolvers();
      setTimeout(() => this.#commit(), COMMIT_MS);
    }
    return this.#committing.promise;
  }

  #commit(): void {
    // Not by a spread: it may be hundreds of thousands.
    for (const record of this.#uncommitted) this.#records.push(record);
    this.#uncommitted = [];
    this.#committing?.resolve();
    this.#committing = undefined;
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #currentRevision(stream: string): bigint {
    return this.#streams.get(stream)?.at(-1)?.revision ?? -1n;
  }
}

function revisionOf(expected: bigint | 'no_stream'): bigint {
  return expected === 'no_stream' ? -1n : expected;
}

function success({ revision, position }: LogRecord): Outcome {
  return { result: 'success', revision, position };
}
