import { Worker } from 'node:worker_threads';

/**
 * A thread's program: the URL of its module, and the function that the thread calls. The starting thread imports the module to get it.
 * @example
 * export const program: ThreadProgram<number> = { url: import.meta.url, run };
 * export function run(data: number) { … }
 */
export interface ThreadProgram<Data> {
  readonly url: string;
  /** The module exports it by this name. */
  readonly run: (data: Data) => unknown;
}

/** A thread holds little at a time. With the default limits its garbage would grow to a multiple of that. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 };

/** Starts a thread. Messages that are posted before its program listens are kept. */
export function startThread<Data>({ url }: ThreadProgram<Data>, data: Data): Worker {
  return new Worker(new URL('./thread.js', import.meta.url), {
    workerData: { program: url, data },
    resourceLimits: RESOURCE_LIMITS,
  });
}
