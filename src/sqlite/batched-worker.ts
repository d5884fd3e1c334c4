import { parentPort, type Worker } from 'node:worker_threads';
import { startThread, type ThreadProgram } from '../machine/start-thread.ts';

/**
 * One worker thread that gets requests in batches: requests that arrive while it works on one batch form the next. So a slow
 * step (an fsync) blocks no event loop, and all waiting requests share the next one.
 */

/** One in work and one ready, so that the thread need not wait for a busy event loop. */
const BATCHES_OUT = 2;

/** A batch has at most about so many characters, so that many large requests do not fill the thread's heap. */
const BATCH_WEIGHT = 8_000_000;

/** If so many requests wait for an idle thread, it begins at once, before the turn of the event loop ends. */
const WORTH_BEGINNING = 16;

/** The thread's answer to one request: its reply, or why not. Errors are sent as plain data; the adapter makes errors of them again. */
export type Outcome<Reply> = { readonly reply: Reply } | { readonly failure: Failure };

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** The thread has ended, is stuck or is closed. The outcome of the request is unknown. */
class WorkerLost extends Error {
  readonly code = 'worker_lost';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'WorkerLost';
  }
}

interface Batch<Request> {
  readonly number: number;
  readonly requests: readonly Request[];
}

interface Answer<Reply> {
  readonly number: number;
  readonly outcomes: readonly Outcome<Reply>[];
}

interface Pending<Request, Reply> {
  readonly request: Request;
  /** On the clock of `performance.now`. */
  readonly sinceMs: number;
  readonly resolve: (outcome: Outcome<Reply>) => void;
  readonly reject: (error: WorkerLost) => void;
}

/** A batch that the thread has and has not answered yet. */
interface Out<Request, Reply> {
  readonly number: number;
  readonly pending: readonly Pending<Request, Reply>[];
  readonly timer: NodeJS.Timeout;
}

export interface BatchedWorkerOptions<Request, Data> {
  /** The thread's program. It calls `serveBatches`. */
  readonly program: ThreadProgram<Data>;
  readonly data: Data;
  /** The most requests in one batch. */
  readonly batchSize: number;
  /** About how many characters a request holds. */
  readonly weightOf: (request: Request) => number;
  /** If a request is not answered within this time, it and all that wait after it are rejected with `WorkerLost`. The thread continues. */
  readonly timeoutMs: number;
  /** Is called at each batch that the thread gets. */
  readonly onBatch?: () => void;
}

/** The main thread's side. If the thread dies, the next request starts it again. */
export class BatchedWorker<Request, Reply, Data> {
  readonly #options: BatchedWorkerOptions<Request, Data>;
  #worker: Worker | null = null;
  #queue: Pending<Request, Reply>[] = [];
  #out: Out<Request, Reply>[] = [];
  /** How many batches the thread has, also those that were given up. */
  #unanswered = 0;
  #batch = 0;
  #closing: Promise<void> | null = null;

  constructor(options: BatchedWorkerOptions<Request, Data>) {
    this.#options = options;
  }

  /** Sends a request; rejects with `WorkerLost` if the thread dies or stays silent. */
  request(request: Request): Promise<Outcome<Reply>> {
    if (this.#closing !== null) return Promise.reject(new WorkerLost('it is closed'));
    if (this.#isStuck())
      return Promise.reject(new WorkerLost('the thread is still working on a request that was given up'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, sinceMs: performance.now(), resolve, reject });
      if (this.#queue.length === WORTH_BEGINNING && this.#unanswered === 0) this.#handOver();
      // Otherwise in the next turn, so that requests of the same turn of the event loop share the batch.
      else if (this.#queue.length === 1) setImmediate(() => this.#handOver());
    });
  }

  /** Whether the thread has no work, and none waits for it. */
  get isIdle(): boolean {
    return this.#closing === null && this.#unanswered === 0 && this.#queue.length === 0;
  }

  /** Waits for running requests, then ends the thread. If it does not end within `timeoutMs`, it is stopped. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    while (this.#out.length > 0 || this.#queue.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage(null);
    const stop = setTimeout(() => worker.terminate(), this.#options.timeoutMs);
    await exited;
    clearTimeout(stop);
  }

  #handOver(): void {
    if (this.#unanswered >= BATCHES_OUT || this.#queue.length === 0) return;
    const pending = this.#takeBatch();
    this.#worker ??= this.#start();
    this.#unanswered += 1;
    this.#batch += 1;
    const batch: Batch<Request> = { number: this.#batch, requests: pending.map(({ request }) => request) };
    // From the time of the oldest request, because it may have waited for earlier batches.
    const leftMs = this.#options.timeoutMs - (performance.now() - (pending[0]?.sinceMs ?? 0));
    // One more turn, for an answer that arrived while this thread itself was busy.
    const timer = setTimeout(() => setImmediate(() => this.#giveUp(batch.number)), Math.max(0, leftMs));
    this.#out.push({ number: batch.number, pending, timer });
    this.#worker.postMessage(batch);
    this.#options.onBatch?.();
  }

  /** Takes as many requests as one batch may have, by number and by weight; at least one. */
  #takeBatch(): Pending<Request, Reply>[] {
    let count = 0;
    let weight = 0;
    for (const { request } of this.#queue.slice(0, this.#options.batchSize)) {
      weight += this.#options.weightOf(request);
      if (count > 0 && weight > BATCH_WEIGHT) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #isStuck(): boolean {
    return this.#unanswered >= BATCHES_OUT && this.#out.length === 0;
  }

  #giveUp(number: number): void {
    if (this.#out.some((out) => out.number === number)) this.#lose(`no answer within ${this.#options.timeoutMs} ms`);
  }

  #start(): Worker {
    this.#unanswered = 0;
    const worker = startThread(this.#options.program, this.#options.data);
    worker.on('message', (answer: Answer<Reply>) => this.#answer(answer));
    worker.on('error', (error) => this.#die(worker, error));
    worker.on('exit', () => this.#die(worker, new Error('the thread ended')));
    return worker;
  }

  #answer({ number, outcomes }: Answer<Reply>): void {
    // Answers come in the order of the batches. One after its time-out must not be taken for the next batch's.
    this.#unanswered -= 1;
    if (this.#out[0]?.number !== number) {
      this.#handOver();
      return;
    }
    const { pending, timer } = this.#out.shift() as Out<Request, Reply>;
    clearTimeout(timer);
    pending.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) reject(new WorkerLost('the thread left the request out'));
      else resolve(outcome);
    });
    this.#handOver();
  }

  #die(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#unanswered = 0;
    this.#lose('its thread ended', error);
  }

  #lose(reason: string, cause?: unknown): void {
    const lost = [...this.#out.flatMap(({ pending }) => pending), ...this.#queue];
    for (const { timer } of this.#out) clearTimeout(timer);
    this.#out = [];
    this.#queue = [];
    for (const pending of lost) pending.reject(new WorkerLost(reason, cause));
  }
}

/**
 * The thread's side. `work` takes a batch and returns an outcome for each request, in order. `afterAnswer` runs after the outcomes
 * are sent and before the next batch. `end` runs before the thread ends. An error of `work` ends the thread.
 */
export function serveBatches<Request, Reply>(
  work: (requests: readonly Request[]) => readonly Outcome<Reply>[],
  end: () => void,
  afterAnswer: () => void = () => {},
): void {
  const port = parentPort;
  if (port === null) throw new Error('serveBatches runs in a worker thread only');
  port.on('message', (batch: Batch<Request> | null) => {
    if (batch === null) {
      end();
      port.close();
      return;
    }
    const answer: Answer<Reply> = { number: batch.number, outcomes: work(batch.requests) };
    port.postMessage(answer);
    afterAnswer();
  });
}
