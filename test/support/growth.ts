const ROUNDS = 40;
/** A shorter time counts as this one, since it is mostly noise of the machine. */
const LEAST_MS = 0.2;

/**
 * How many times longer work takes on an input that is eight times as long: about 8 if it is linear, 64 if it is quadratic. The quickest
 * of some rounds counts, so that a busy machine changes little.
 */
export function growthOf<Input>(
  size: number,
  inputOf: (size: number) => Input,
  work: (input: Input) => unknown,
): number {
  const [small, large] = [inputOf(size), inputOf(8 * size)];
  let [quickest, slowest] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round += 1) {
    quickest = Math.min(
      quickest,
      timeOf(() => work(small)),
    );
    slowest = Math.min(
      slowest,
      timeOf(() => work(large)),
    );
  }
  return slowest / Math.max(quickest, LEAST_MS);
}

/** Over several calls, as one may be too short for the clock. */
function timeOf(work: () => unknown): number {
  const beganMs = performance.now();
  for (let call = 0; call < 4; call += 1) work();
  return performance.now() - beganMs;
}
