/**
 * How much of the processor's time this thread has had, in milliseconds: it does not grow while others have it. The system counts it in
 * steps of some milliseconds.
 */
export function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
