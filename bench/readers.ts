import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Deliveries, ReadersData } from './readers-thread.ts';

/** Live streams in a thread of their own, so that they delay nothing that is measured here. */
export class Readers {
  readonly #thread: Worker;

  private constructor(thread: Worker) {
    this.#thread = thread;
  }

  /** Opens the streams; resolves once each has its first bytes. */
  static async open(data: ReadersData, onDeliveries: (deliveries: Deliveries) => void): Promise<Readers> {
    const thread = new Worker(new URL('./readers-thread.ts', import.meta.url), { workerData: data });
    await once(thread, 'message');
    thread.on('message', onDeliveries);
    return new Readers(thread);
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}
