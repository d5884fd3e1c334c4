import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/**
 * The default for how many bytes all running requests may hold together: a quarter of the memory of the process's cgroup, or else of the
 * machine. At most half of V8's heap limit, because most of it is on the heap.
 */
export function defaultMemoryBudgetBytes(): number {
  // 0, or more than the machine has: there is no limit.
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(Math.min(memory / 4, getHeapStatistics().heap_size_limit / 2));
}
