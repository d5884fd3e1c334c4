/** What goes on for long, every request would say again. */
const SAY_AGAIN_AFTER_MS = 10_000;

/** Says something at most once in a while. */
export function seldom<T>(say: (what: T) => void): (what: T) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (what) => {
    if (performance.now() - saidAt < SAY_AGAIN_AFTER_MS) return;
    saidAt = performance.now();
    say(what);
  };
}
