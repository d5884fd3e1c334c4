import { parentPort, type Worker } from 'node:worker_threads';
import { startThread, type ThreadProgram } from './start-thread.ts';

/**
 * One worker thread that is handed requests in batches: while it works on one batch, the requests that arrive gather into
 * the next. So a slow step (an fsync) blocks nobody's event loop, and all that wait share the next one.
 */

/** What the thread answers to one request: its reply, or why not. Errors cross as plain data; the adapter names them. */
export type Outcome<Reply> = { readonly reply: Reply } | { readonly failure: Failure };

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** The thread is gone, stuck or closed: what became of the request is unknown. */
export class WorkerLost extends Error {
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

export interface BatchedWorkerOptions<Data> {
  /** It calls `serveBatches`. */
  readonly program: ThreadProgram<Data>;
  readonly data: Data;
  /** The most requests in one batch. */
  readonly batchSize: number;
  /** A request that is not answered within so long is rejected with `WorkerLost`, and all that wait behind it; the thread goes on. */
  readonly timeoutMs: number;
}

/** The main thread's end. A thread that dies is started again by the next request. */
export class BatchedWorker<Request, Reply, Data> {
  readonly #options: BatchedWorkerOptions<Data>;
  #worker: Worker | null = null;
  #queue: Pending<Request, Reply>[] = [];
  #inFlight: Pending<Request, Reply>[] | null = null;
  #timer: NodeJS.Timeout | null = null;
  #batch = 0;
  #closing: Promise<void> | null = null;

  constructor(options: BatchedWorkerOptions<Data>) {
    this.#options = options;
  }

  /** Hands a request over; rejects with `WorkerLost` where the thread dies or stays silent. */
  request(request: Request): Promise<Outcome<Reply>> {
    if (this.#closing !== null) return Promise.reject(new WorkerLost('it is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, sinceMs: performance.now(), resolve, reject });
      // The next tick, so that requests of the same turn of the event loop share the batch.
      if (this.#queue.length === 1 && this.#inFlight === null) setImmediate(() => this.#handOver());
    });
  }

  /** Waits for what is under way, then ends the thread; one that does not end by itself within `timeoutMs` is stopped. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    while (this.#inFlight !== null || this.#queue.length > 0) {
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
    if (this.#inFlight !== null || this.#queue.length === 0) return;
    this.#inFlight = this.#queue.splice(0, this.#options.batchSize);
    this.#worker ??= this.#start();
    this.#batch += 1;
    const batch: Batch<Request> = { number: this.#batch, requests: this.#inFlight.map((pending) => pending.request) };
    // Counted from when the oldest request came, not from now: it may have waited for the batch before this one.
    const leftMs = this.#options.timeoutMs - (performance.now() - (this.#inFlight[0]?.sinceMs ?? 0));
    // One more turn, for an answer that arrived while this thread itself was held up.
    this.#timer = setTimeout(() => setImmediate(() => this.#giveUp(batch.number)), Math.max(0, leftMs));
    this.#worker.postMessage(batch);
  }

  #giveUp(number: number): void {
    if (number === this.#batch && this.#inFlight !== null) this.#lose(`no answer within ${this.#options.timeoutMs} ms`);
  }

  #start(): Worker {
    const worker = startThread(this.#options.program, this.#options.data);
    worker.on('message', (answer: Answer<Reply>) => this.#answer(answer));
    worker.on('error', (error) => this.#die(worker, error));
    worker.on('exit', () => this.#die(worker, new Error('the thread ended')));
    return worker;
  }

  #answer({ number, outcomes }: Answer<Reply>): void {
    // An answer that comes after its time-out must not be taken for the next batch's.
    if (number !== this.#batch || this.#inFlight === null) return;
    const answered = this.#inFlight;
    this.#settled();
    answered.forEach((pending, index) => {
      const outcome = outcomes[index];
      if (outcome === undefined) pending.reject(new WorkerLost('the thread left the request out'));
      else pending.resolve(outcome);
    });
    this.#handOver();
  }

  #settled(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#inFlight = null;
  }

  #die(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#lose('its thread ended', error);
  }

  #lose(reason: string, cause?: unknown): void {
    const lost = [...(this.#inFlight ?? []), ...this.#queue];
    this.#queue = [];
    this.#settled();
    for (const pending of lost) pending.reject(new WorkerLost(reason, cause));
  }
}

/**
 * The thread's end: `work` takes a batch and gives an outcome for each request, in order; `end` runs before the thread ends.
 * What `work` throws ends the thread: it catches what it can answer for.
 */
export function serveBatches<Request, Reply>(
  work: (requests: readonly Request[]) => readonly Outcome<Reply>[],
  end: () => void,
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
  });
}
