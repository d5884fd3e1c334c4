/** Counts the turns of the event loop while some work runs: gives the work a function that tells the number so far. */
export async function countingTurns<T>(work: (turn: () => number) => Promise<T>): Promise<T> {
  let turns = 0;
  let next = setImmediate(function count() {
    turns += 1;
    next = setImmediate(count);
  });
  try {
    return await work(() => turns);
  } finally {
    clearImmediate(next);
  }
}
