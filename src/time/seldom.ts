/** During a long outage every request would log the same. */
const SAY_AGAIN_AFTER_MS = 10_000;

/** Says something at most once in a while. */
export function seldom<T>(say: (what: T) => void): (what: T) => void {
  return atMost(1, SAY_AGAIN_AFTER_MS, say);
}

/**
 * Says something at most so many times in a span of time.
 * @param say also gets the number of calls that were left out since its last call
 */
export function atMost<T>(times: number, spanMs: number, say: (what: T, unsaid: number) => void): (what: T) => void {
  let spanBeganAtMs = Number.NEGATIVE_INFINITY;
  let said = 0;
  let unsaid = 0;
  return (what) => {
    if (performance.now() - spanBeganAtMs >= spanMs) {
      spanBeganAtMs = performance.now();
      said = 0;
    }
    if (said === times) {
      unsaid += 1;
      return;
    }
    said += 1;
    say(what, unsaid);
    unsaid = 0;
  };
}
