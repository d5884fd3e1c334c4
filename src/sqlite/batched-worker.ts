import { parentPort, type Worker } from 'node:worker_threads';
import { startThread, type ThreadProgram } from './start-thread.ts';

/**
 * One worker thread that is handed requests in batches: while it works on one batch, the requests that arrive gather into
 * the next. So a slow step (an fsync) blocks nobody's event loop, and all that wait share the next one.
 */

/** One that it works on and one that lies ready, so that it need not wait for a busy event loop to hand it the next. */
const BATCHES_OUT = 2;

/** A batch ends at about so many characters, so that a burst of large requests does not fill the thread's heap. */
const BATCH_WEIGHT = 8_000_000;

/** An idle thread is handed so many at once, before the turn of the event loop is over: it may as well begin. */
const WORTH_BEGINNING = 16;

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

/** A batch that the thread has and has not answered yet. */
interface Out<Request, Reply> {
  readonly number: number;
  readonly pending: readonly Pending<Request, Reply>[];
  readonly timer: NodeJS.Timeout;
}

export interface BatchedWorkerOptions<Request, Data> {
  /** It calls `serveBatches`. */
  readonly program: ThreadProgram<Data>;
  readonly data: Data;
  /** The most requests in one batch. */
  readonly batchSize: number;
  /** About how many characters a request holds. */
  readonly weightOf: (request: Request) => number;
  /** A request that is not answered within so long is rejected with `WorkerLost`, and all that wait behind it; the thread goes on. */
  readonly timeoutMs: number;
  /** Told of each batch that the thread is handed. */
  readonly onBatch?: () => void;
}

/** The main thread's end. A thread that dies is started again by the next request. */
export class BatchedWorker<Request, Reply, Data> {
  readonly #options: BatchedWorkerOptions<Request, Data>;
  #worker: Worker | null = null;
  #queue: Pending<Request, Reply>[] = [];
  #out: Out<Request, Reply>[] = [];
  /** Batches that the thread has, those that were given up too. */
  #unanswered = 0;
  #batch = 0;
  #closing: Promise<void> | null = null;

  constructor(options: BatchedWorkerOptions<Request, Data>) {
    this.#options = options;
  }

  /** Hands a request over; rejects with `WorkerLost` where the thread dies or stays silent. */
  request(request: Request): Promise<Outcome<Reply>> {
    if (this.#closing !== null) return Promise.reject(new WorkerLost('it is closed'));
    if (this.#isStuck()) return Promise.reject(new WorkerLost('the thread is still at work on what was given up'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ request, sinceMs: performance.now(), resolve, reject });
      if (this.#queue.length === WORTH_BEGINNING && this.#unanswered === 0) this.#handOver();
      // Otherwise the next turn, so that requests of the same turn of the event loop share the batch.
      else if (this.#queue.length === 1) setImmediate(() => this.#handOver());
    });
  }

  /** Whether nothing waits for the thread, and it is at work on nothing. */
  get isIdle(): boolean {
    return this.#closing === null && this.#unanswered === 0 && this.#queue.length === 0;
  }

  /** Waits for what is under way, then ends the thread; one that does not end by itself within `timeoutMs` is stopped. */
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
    // Counted from when the oldest request came, not from now: it may have waited for the batches before this one.
    const leftMs = this.#options.timeoutMs - (performance.now() - (pending[0]?.sinceMs ?? 0));
    // One more turn, for an answer that arrived while this thread itself was held up.
    const timer = setTimeout(() => setImmediate(() => this.#giveUp(batch.number)), Math.max(0, leftMs));
    this.#out.push({ number: batch.number, pending, timer });
    this.#worker.postMessage(batch);
    this.#options.onBatch?.();
  }

  /** As many as may be in one batch, by number and by weight; one at least. */
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
    // Answers come in the order of the batches; one that comes after its time-out must not be taken for the next one's.
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
 * The thread's end: `work` takes a batch and gives an outcome for each request, in order; `afterAnswer` runs once they are on
 * their way and before the next batch is begun; `end` runs before the thread ends.
 * What `work` throws ends the thread: it catches what it can answer for.
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
