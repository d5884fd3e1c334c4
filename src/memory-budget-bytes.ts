import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/**
 * What requests under way may hold together unless it is set, in bytes: a quarter of the memory that the process's cgroup or else the machine
 * has, but no more than half of what V8 lets its heap grow to, where most of it lies.
 */
export function defaultMemoryBudgetBytes(): number {
  // 0, or more than the machine has: there is no limit.
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(Math.min(memory / 4, getHeapStatistics().heap_size_limit / 2));
}
