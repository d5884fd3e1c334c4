import type { Memory } from './memory.ts';
import { figure, printTable } from './table.ts';
import type { Ratios } from './throughput.ts';

const MOST_CONNECTIONS = 64;
const LOWEST_POST_RATIO = 0.75;
const LOWEST_GET_RATIO = 1.2;
const MOST_MEMORY_MB = 200;
/** Room for noise in what should not grow: from a quarter of the imports to all, and from an empty log to a full one. */
const MOST_GROWTH = 1.15;

export interface Measurements {
  readonly ratios: readonly Ratios[];
  readonly memory: Memory | null;
  readonly startUpRatio: number | null;
}

/** Prints what the service is meant to reach beside what was measured. A busy machine may miss a goal by noise alone. */
export function printGoals({ ratios, memory, startUpRatio }: Measurements): void {
  const rows: string[][] = [];
  const atLeast = (what: string, goal: number, value: number) => {
    rows.push([what, `≥ ${figure(goal, 2)}`, figure(value, 2), value >= goal ? 'reached' : 'missed']);
  };
  const atMost = (what: string, goal: number, value: number, decimals: number) => {
    rows.push([what, `≤ ${figure(goal, decimals)}`, figure(value, decimals), value <= goal ? 'reached' : 'missed']);
  };
  const most = ratios.find(({ connections }) => connections === MOST_CONNECTIONS);
  if (most !== undefined) {
    atLeast(`POSTs at ${MOST_CONNECTIONS} connections, of the plain program's`, LOWEST_POST_RATIO, most.post);
    atLeast(`GETs at ${MOST_CONNECTIONS} connections, of the plain program's POSTs`, LOWEST_GET_RATIO, most.get);
  }
  if (memory !== null) {
    atMost('resident memory after all imports, MB', MOST_MEMORY_MB, memory.fullMb, 0);
    atMost('the same, of what it was after a quarter of them', MOST_GROWTH, memory.fullMb / memory.quarterMb, 2);
  }
  if (startUpRatio !== null) atMost("start-up with a full log, of an empty one's", MOST_GROWTH, startUpRatio, 2);
  if (rows.length > 0) printTable(['goal', 'wanted', 'measured', ''], rows);
}
