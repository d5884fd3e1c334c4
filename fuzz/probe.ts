import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** Loaded into the service before its own code (`--import`). It reports over IPC how long the event loop was held, and the memory. */

/** The questions to the probe, and its answers. */
export type Question = 'delay' | 'memory';
export interface Answer {
  /** The longest time, since the last question, in which nothing else had its turn. */
  readonly delayMs: number;
  /** The same in CPU time of the thread, so that other programs do not count. */
  readonly heldMs: number;
  /** After a garbage collection: the bytes of the heap and of buffers, and of the process. */
  readonly heldBytes: number;
  readonly residentBytes: number;
}

const LOOK_EVERY_MS = 2;

/** Looks between any two turns of the loop. Gives the longest CPU time between two looks, and begins anew. */
function watchComputing(): () => number {
  let [longestMs, before] = [0, process.threadCpuUsage()];
  setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    longestMs = Math.max(longestMs, (user + system) / 1_000);
    before = process.threadCpuUsage();
  }, LOOK_EVERY_MS).unref();
  return () => {
    const longest = longestMs;
    longestMs = 0;
    return longest;
  };
}

// The writing threads load it too, but callers do not wait for their loops.
if (isMainThread && process.send !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const delays = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  delays.enable();
  const computing = watchComputing();
  process.on('message', (question: Question) => {
    if (question === 'memory') for (let count = 0; count < 3; count += 1) collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    // By then, a look has seen all work since the last one, including a collection.
    setTimeout(() => {
      const delayMs = Math.max(0, delays.max / 1e6 - LOOK_EVERY_MS);
      const answer = { delayMs, heldMs: computing(), heldBytes: heapUsed + external, residentBytes: rss };
      process.send?.(answer satisfies Answer);
      delays.reset();
    }, 2 * LOOK_EVERY_MS);
  });
  // If the fuzzer is killed, nobody else stops the service.
  process.once('disconnect', () => process.exit(1));
  // The probe must not keep the service alive.
  process.channel?.unref();
}
