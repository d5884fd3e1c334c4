import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** Loaded into the service before its own code (`--import`): tells over IPC for how long the event loop was held, and of its memory. */

/** What the service is asked, and what it answers. */
export type Question = 'delay' | 'memory';
export interface Answer {
  /** For how long nothing else had its turn, at most, since it was asked before. */
  readonly delayMs: number;
  /** The same, but for how long the thread computed: what other programs took of the processor is no part of it. */
  readonly heldMs: number;
  /** After everything that nobody needs was collected: of the heap and of buffers, and of the process. */
  readonly heldBytes: number;
  readonly residentBytes: number;
}

const LOOK_EVERY_MS = 2;

/** Looks between any two turns of the loop; tells the longest computing between two looks, and begins anew. */
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

// The writing threads load it too, and theirs is not the loop that callers wait for.
if (isMainThread && process.send !== undefined) {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const delays = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  delays.enable();
  const computing = watchComputing();
  process.on('message', (question: Question) => {
    if (question === 'memory') for (let count = 0; count < 3; count += 1) collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    // What was done since the last look is seen by then, a collection too.
    setTimeout(() => {
      const delayMs = Math.max(0, delays.max / 1e6 - LOOK_EVERY_MS);
      const answer = { delayMs, heldMs: computing(), heldBytes: heapUsed + external, residentBytes: rss };
      process.send?.(answer satisfies Answer);
      delays.reset();
    }, 2 * LOOK_EVERY_MS);
  });
  // Whoever asks may be killed, and then nobody would stop the service.
  process.once('disconnect', () => process.exit(1));
  // The service ends as it would without.
  process.channel?.unref();
}
