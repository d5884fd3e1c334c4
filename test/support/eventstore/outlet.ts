import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Faults } from './faults.ts';

/** Writes to a call no faster than the client reads: a client that stalls delays its writer and does not fill the server's memory. */
export class Outlet<T> {
  readonly #call: ServerWritableStream<unknown, T>;
  readonly #gone = new AbortController();
  readonly #faults: Faults;
  readonly #onWrite: () => void;

  constructor(call: ServerWritableStream<unknown, T>, faults: Faults, onWrite: () => void) {
    this.#call = call;
    this.#faults = faults;
    this.#onWrite = onWrite;
    for (const event of ['cancelled', 'close', 'error']) call.once(event, () => this.#gone.abort());
  }

  /** Aborts once nobody reads any more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  async write(message: T): Promise<void> {
    this.#faults.sending();
    if (this.#faults.isPaused) await this.#faults.running();
    if (this.gone.aborted) return;
    this.#onWrite();
    if (this.#call.write(message)) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        this.#call.off('drain', settle);
        this.gone.removeEventListener('abort', settle);
        resolve();
      };
      this.#call.once('drain', settle);
      this.gone.addEventListener('abort', settle);
    });
  }

  /** Ends the call, with or without an error. */
  end(error?: Error): void {
    if (this.gone.aborted) return;
    if (error === undefined) this.#call.end();
    else this.#call.emit('error', error);
  }
}
