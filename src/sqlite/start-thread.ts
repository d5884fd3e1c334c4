import { Worker } from 'node:worker_threads';

/**
 * What a thread runs. Its module is imported by the starting thread too, for this: the module's own URL, and the function
 * that the thread calls.
 * @example
 * export const program: ThreadProgram<number> = { url: import.meta.url, run };
 * export function run(data: number) { … }
 */
export interface ThreadProgram<Data> {
  readonly url: string;
  /** Exported by the module under this very name. */
  readonly run: (data: Data) => void;
}

/** A thread holds little at a time: with the default limits its garbage would gather to a multiple of that. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 };

/** Starts a thread. What is posted to it before its program listens is kept for it. */
export function startThread<Data>({ url }: ThreadProgram<Data>, data: Data): Worker {
  return new Worker(new URL('./thread.js', import.meta.url), {
    workerData: { program: url, data },
    resourceLimits: RESOURCE_LIMITS,
  });
}
