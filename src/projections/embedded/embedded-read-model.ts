import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchedWorker, type Failure } from '../../sqlite/batched-worker.ts';
import { isBusy, isSchemaTrouble } from '../../sqlite/errors.ts';
import { damageIn, whyReplaceableUnusable } from '../../sqlite/replaceable-file.ts';
import { CheckpointLost, ReadModelUnavailable } from '../errors.ts';
import type { Batch, Checkpoint, QuarantinedEvent, WriteOutcome } from '../projector-store.ts';
import type { ListedKind, ListPage, ListQuery, Owner, Stored, Unreadable } from '../queries.ts';
import type { ReadModel } from '../read-model.ts';
import { shapesOf, type ViewDeclarations, type ViewShapes } from '../views/declare-view.ts';
import { type ViewKind, views } from '../views.ts';
import { CurrentReader } from './current-reader.ts';
import { workOver } from './queue-reader.ts';
import type { ViewsFileReader } from './reader.ts';
import { charactersIn, rowOf, type WriterData, type WriterFailure, type WriterRequest } from './requests.ts';
import { openViews } from './views-file.ts';
import { program } from './writer-thread.ts';
import { WritingAtOnce } from './writing-at-once.ts';

/** To write a longer view takes milliseconds, so the writing thread does it. */
const WRITTEN_AT_ONCE_CHARACTERS = 16_384;
const REQUESTS_PER_TRANSACTION = 256;
/** So many views are read at once. Between two reads, other work on the event loop runs. */
const VIEWS_PER_READ = 500;

export interface EmbeddedReadModelOptions {
  /** The path of the version's file; it and its folder are made if they are missing. */
  readonly file: string;
  /** The views to keep; those of this release unless set. */
  readonly views?: ViewDeclarations;
  /** Is called once, with a sentence for the operator, if the file was damaged and replaced by a new one. */
  readonly onNotice?: (message: string) => void;
  /** Is called at each transaction of the writing thread, which holds one write or many. */
  readonly onBatch?: () => void;
  /** After how long a write is given up. 3,000 ms unless set. */
  readonly writeTimeoutMs?: number | undefined;
}

/**
 * The read model in one SQLite file. Another process may use the same file at the same time.
 * @throws {ReadModelUnavailable} the file cannot be opened (its folder is not writable, the disk is full, …)
 */
export async function openEmbeddedReadModel(options: EmbeddedReadModelOptions): Promise<ReadModel> {
  const readModel = new EmbeddedReadModel(options);
  await readModel.open();
  return readModel;
}

/** One thread writes, many writes in a transaction. Reads run at once on the caller's thread, over a read-only connection. */
class EmbeddedReadModel implements ReadModel {
  readonly work = workOver((read) => this.#read(({ queue }) => read(queue)));
  readonly #file: string;
  readonly #shapes: ViewShapes;
  readonly #onNotice: (message: string) => void;
  readonly #onBatch: () => void;
  readonly #reader: CurrentReader;
  readonly #writer: BatchedWorker<WriterRequest, WriteOutcome[], WriterData>;
  #noticedGeneration = 0;
  #atOnce: WritingAtOnce | null = null;
  #hasWrittenInTurn = false;

  constructor({
    file,
    views: declarations = views,
    onNotice,
    onBatch,
    writeTimeoutMs = 3000,
  }: EmbeddedReadModelOptions) {
    const shapes = shapesOf(declarations);
    this.#file = file;
    this.#shapes = shapes;
    this.#onNotice = onNotice ?? (() => {});
    this.#onBatch = onBatch ?? (() => {});
    const generation: WriterData['generation'] = new Int32Array(new SharedArrayBuffer(4));
    const data: WriterData = { file, shapes, generation };
    this.#reader = new CurrentReader({ file, shapes, generation, look: () => this.#ask({ op: 'look' }) });
    this.#writer = new BatchedWorker({
      program,
      data,
      batchSize: REQUESTS_PER_TRANSACTION,
      weightOf: charactersIn,
      timeoutMs: writeTimeoutMs,
      onBatch: this.#onBatch,
    });
  }

  async open(): Promise<void> {
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      // Before anything is served, a check may take long.
      const { views, notice } = openViews(this.#file, this.#shapes, 'full');
      views.database.close();
      if (notice !== null) this.#onNotice(notice);
      if (!this.#isOpenedHere()) await this.#reader.open();
    } catch (error) {
      await this.close();
      throw this.#unavailable(error);
    }
  }

  get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Promise<Stored<K> | null> {
    return this.#read((reader) => reader.get(kind, id, organizationId));
  }

  ownerOf(kind: ViewKind, id: string): Promise<Owner | null> {
    return this.#read((reader) => reader.ownerOf(kind, id));
  }

  async getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K>>> {
    const views = new Map<string, Stored<K>>();
    for (let start = 0; start < ids.length; start += VIEWS_PER_READ) {
      if (start > 0) await nextTurn();
      const some = ids.slice(start, start + VIEWS_PER_READ);
      for (const stored of await this.#read((reader) => reader.getMany(kind, some))) views.set(stored.view.id, stored);
    }
    return views;
  }

  list<K extends ListedKind>(kind: K, query: ListQuery<K>): Promise<ListPage<K>> {
    return this.#read((reader) => reader.list(kind, query));
  }

  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Stored<K>[]> {
    return this.#read((reader) => reader.page(kind, after, limit));
  }

  async write(batch: Batch): Promise<WriteOutcome[]> {
    const writes = batch.writes.map((write) => {
      const { kind, expectedRevision } = write;
      return { kind, expectedRevision, row: rowOf(this.#shapes, kind, write) };
    });
    const request = { op: 'write', batch: { ...batch, writes } } as const;
    return this.#writeAtOnce(request) ?? this.#ask(request);
  }

  checkpoint(): Promise<Checkpoint | null> {
    return this.#read((reader) => reader.checkpoint());
  }

  async repair<K extends ViewKind>(
    kind: K,
    id: string,
    before: Stored<K> | Unreadable | null,
    after: Stored<K> | null,
  ): Promise<WriteOutcome> {
    // In this adapter every view can be read: a damaged file is replaced as a whole.
    if (before !== null && 'unreadable' in before) return 'conflict';
    const row = after === null ? null : rowOf(this.#shapes, kind, after);
    const expectedRevision = before?.revision ?? null;
    const [outcome] = await this.#ask({ op: 'repair', kind, id, expectedRevision, after: row });
    return outcome as WriteOutcome;
  }

  quarantined(limit?: number, after?: QuarantinedEvent): Promise<QuarantinedEvent[]> {
    return this.#read((reader) => reader.quarantined(limit, after));
  }

  async clear(): Promise<void> {
    await this.#ask({ op: 'clear' });
  }

  async markFilled(generation: string): Promise<void> {
    await this.#ask({ op: 'mark filled', generation });
  }

  async noteUse(generation: string): Promise<void> {
    await this.#ask({ op: 'note use', generation });
  }

  async close(): Promise<void> {
    // The writing thread closes last: the last connection merges the WAL into the database if it can write.
    this.#reader.close();
    this.#closeAtOnce();
    await this.#writer.close();
  }

  async #read<T>(read: (reader: ViewsFileReader) => T): Promise<T> {
    const reader = this.#reader.get() ?? (await this.#reader.open());
    try {
      return read(reader);
    } catch (error) {
      throw await this.#readFailure(reader, error);
    }
  }

  /**
   * Writes a single small view on this thread if nothing else is being written: this is faster than two messages between threads. At most
   * one in a turn of the event loop, which it blocks. Null if the writing thread must do it (another writer, another file, a fault).
   */
  #writeAtOnce(request: Extract<WriterRequest, { op: 'write' }>): WriteOutcome[] | null {
    const { batch } = request;
    const isSingle = batch.writes.length === 1 && batch.checkpoint === undefined;
    if (!isSingle || this.#hasWrittenInTurn || !this.#writer.isIdle) return null;
    if (charactersIn(request) > WRITTEN_AT_ONCE_CHARACTERS) return null;
    try {
      if (this.#atOnce?.isMoved()) this.#closeAtOnce();
      this.#atOnce ??= this.#openAtOnce();
      const outcomes = this.#atOnce.write(batch);
      this.#hasWrittenInTurn = true;
      setImmediate(() => {
        this.#hasWrittenInTurn = false;
      });
      this.#onBatch();
      return outcomes;
    } catch (error) {
      if (!isBusy(error)) this.#closeAtOnce();
      return null;
    }
  }

  #openAtOnce(): WritingAtOnce {
    // The next read must see this write, so it checks whether it is on the same file.
    this.#reader.lookNext();
    return new WritingAtOnce(this.#file, this.#shapes);
  }

  #closeAtOnce(): void {
    this.#atOnce?.close();
    this.#atOnce = null;
  }

  /** Opens the file, which was just looked at, without the writing thread: many commands need none. False: that must look again. */
  #isOpenedHere(): boolean {
    try {
      // Closed last, it merges the WAL as the thread does: a read-only connection cannot.
      this.#atOnce = this.#openAtOnce();
      this.#reader.openAsItIs();
      return true;
    } catch {
      this.#closeAtOnce();
      return false;
    }
  }

  async #readFailure(reader: ViewsFileReader, error: unknown): Promise<Error> {
    // A wrong argument is not the store's fault.
    if (error instanceof TypeError) return error;
    this.#reader.drop(reader);
    const damage = damageIn(error);
    if (damage !== null || isSchemaTrouble(error)) {
      await this.#ask({ op: 'distrust', inode: reader.inode, damage });
    }
    return this.#unavailable(error);
  }

  async #ask(request: WriterRequest): Promise<WriteOutcome[]> {
    const outcome = await this.#writer.request(request).catch((error) => {
      throw this.#unavailable(error);
    });
    if ('reply' in outcome) return outcome.reply;
    throw this.#failed(outcome.failure);
  }

  #failed({ code, message, detail }: Failure): Error {
    switch (code as WriterFailure) {
      case 'checkpoint_lost':
        return new CheckpointLost(message);
      case 'invalid':
        return new TypeError(message);
      case 'damaged':
        // All requests of a batch fail with the damage; the notice is given once.
        if (Number(detail) > this.#noticedGeneration) {
          this.#noticedGeneration = Number(detail);
          this.#onNotice(message);
        }
        return new ReadModelUnavailable(message);
      case 'unavailable':
        return new ReadModelUnavailable(message);
    }
  }

  #unavailable(error: unknown): ReadModelUnavailable {
    if (error instanceof ReadModelUnavailable) return error;
    return new ReadModelUnavailable(whyReplaceableUnusable(error, this.#file), error);
  }
}
