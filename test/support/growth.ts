import { processorMs } from './processor-time.ts';

const ROUNDS = 40;
/** Not counted in all of them: what is run for the first time is compiled. */
const FIRST_ROUNDS = 5;
/** A shorter time counts as this one, since it is mostly noise of the machine. */
const LEAST_MS = 0.2;

interface Times {
  /** Of the quickest round. */
  readonly quickestMs: number;
  /** The processor's, of all rounds but the first. */
  readonly processorMs: number;
}

/**
 * How many times longer work takes on an input that is eight times as long: about 8 if it is linear, 64 if it is quadratic. It is the less of two:
 * by the quickest of some rounds, and by the processor's time of all. On a busy machine, each longer round waits for the processor.
 */
export function growthOf<Input>(
  size: number,
  inputOf: (size: number) => Input,
  work: (input: Input) => unknown,
): number {
  const [small, large] = [inputOf(size), inputOf(8 * size)].map((input) => timesOf(() => work(input))) as [
    Times,
    Times,
  ];
  const leastMs = LEAST_MS * (ROUNDS - FIRST_ROUNDS);
  return Math.min(
    large.quickestMs / Math.max(small.quickestMs, LEAST_MS),
    large.processorMs / Math.max(small.processorMs, leastMs),
  );
}

function timesOf(work: () => unknown): Times {
  let quickestMs = Number.POSITIVE_INFINITY;
  let beganMs = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    if (round === FIRST_ROUNDS) beganMs = processorMs();
    quickestMs = Math.min(quickestMs, timeOf(work));
  }
  return { quickestMs, processorMs: processorMs() - beganMs };
}

/** Over several calls, as one may be too short for the clock. */
function timeOf(work: () => unknown): number {
  const beganMs = performance.now();
  for (let call = 0; call < 4; call += 1) work();
  return performance.now() - beganMs;
}
