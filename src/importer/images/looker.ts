import type { Worker } from 'node:worker_threads';
import { startThread, type ThreadProgram } from '../../machine/start-thread.ts';
import { within } from '../../time/within.ts';
import type { LookOutcome } from './look-thread.ts';

/** The thread loads packages at its start, perhaps on a busy machine. */
const BEGIN_MS = 30_000;

interface Awaiting {
  readonly resolve: (message: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that looks at one image at a time. If it fails once, it is to be ended. */
export class Looker {
  readonly #worker: Worker;
  #awaiting: Awaiting | null = null;

  private constructor(program: ThreadProgram<null>) {
    this.#worker = startThread(program, null);
    this.#worker.on('message', (message) => this.#awaiting?.resolve(message));
    this.#worker.on('error', (error) => this.#awaiting?.reject(error));
    this.#worker.on('exit', () => this.#awaiting?.reject(new Error('its thread ended')));
    // After the listeners, of which one keeps the process alive. While somebody waits for it, a timer does.
    this.#worker.unref();
  }

  /** @throws it does not begin */
  static async start(program: ThreadProgram<null>): Promise<Looker> {
    const looker = new Looker(program);
    try {
      await looker.#next(BEGIN_MS);
      return looker;
    } catch (error) {
      void looker.end();
      throw error;
    }
  }

  /** @throws the thread has ended, or does not answer in time */
  async look(path: string, ms: number): Promise<LookOutcome> {
    const outcome = this.#next(ms);
    this.#worker.postMessage(path);
    return (await outcome) as LookOutcome;
  }

  /** Ends it at once, whatever it does. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #next(ms: number): Promise<unknown> {
    const message = new Promise((resolve, reject) => {
      this.#awaiting = { resolve, reject };
    });
    return within(ms, message, () => new Error(`no answer within ${ms} ms`));
  }
}
