import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** Loaded into the service before its own code (`--import`): tells over IPC for how long the event loop was held, and of its memory. */

/** What the service is asked, and what it answers. */
export type Question = 'delay' | 'memory';
export interface Answer {
  /** For how long the loop was held at most since it was asked before. */
  readonly delayMs: number;
  /** For how long it has computed since it was asked before. */
  readonly usedMs: number;
  /** After everything that nobody needs was collected: of the heap and of buffers, and of the process. */
  readonly heldBytes: number;
  readonly residentBytes: number;
}

const RESOLUTION_MS = 1;

// The writing threads load it too, and theirs is not the loop that callers wait for.
if (isMainThread && process.send !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let before = process.threadCpuUsage();
  process.on('message', (question: Question) => {
    if (question === 'memory') for (let count = 0; count < 3; count += 1) collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    const { user, system } = process.threadCpuUsage(before);
    const delayMs = Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
    process.send?.({
      delayMs,
      usedMs: (user + system) / 1_000,
      heldBytes: heapUsed + external,
      residentBytes: rss,
    } satisfies Answer);
    delays.reset();
    before = process.threadCpuUsage();
  });
  // Whoever asks may be killed, and then nobody would stop the service.
  process.once('disconnect', () => process.exit(1));
  // The service ends as it would without.
  process.channel?.unref();
}
