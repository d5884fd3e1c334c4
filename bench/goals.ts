import type { BackingUp } from './backup.ts';
import type { Following } from './follow.ts';
import type { Importing } from './importer.ts';
import type { Memory } from './memory.ts';
import type { Replaying } from './replay.ts';
import type { Subscribing } from './subscribers.ts';
import { figure, printTable } from './table.ts';
import type { Throughput } from './throughput.ts';
import type { Sending } from './webhooks.ts';

const MOST_CONNECTIONS = 64;
const LOWEST_POST_RATIO = 0.9;
const LOWEST_GET_RATIO = 1.2;
/** Appends, or calls to the read model, for each POST under load. */
const MOST_CALLS = 1;
const FEWEST_EVENTS_PER_SECOND = 10_000;
/** On EventStoreDB, compared with its client alone. */
const LOWEST_FOLLOWING_RATIO = 0.9;
const MOST_POST_CPU_MS = 1;
const FEWEST_EVENTS_REPLAYED_PER_SECOND = 30_000;
const MOST_P99_RATIO = 2;
/** On the embedded log, at one connection, compared with a plain INSERT. */
const MOST_INSERT_RATIO = 1.16;
const MOST_MEMORY_MB = 300;
/** Room for noise in values that should not grow: from a quarter of the imports to all, and from an empty log to a full one. */
const MOST_GROWTH = 1.15;

/** From a POST's answer to its delivery, with 100 readers. */
const MOST_DELIVERY_MS = 50;
const MOST_READER_KB = 50;
const FEWEST_WEBHOOKS = 1_000;

const FEWEST_IMPORTS = 300;
/** Nearly: the last of them may end after the POSTs. */
const FEWEST_IMPORTS_BESIDE = 95;
const MOST_LARGE_FILE_MB = 30;
/** Nothing, but for noise. */
const MOST_WAITING_CPU_MS = 5;
const MOST_OTHER_STARTS_MS = 2_000;

/** Of a whole backup beside 1,000 POSTs a second, compared with one while nothing else runs. */
const MOST_BACKUP_TIME_RATIO = 3;
const LOWEST_SHIPPING_RATIO = 0.95;

interface Measurements {
  readonly throughput: readonly Throughput[];
  readonly following: Following | null;
  readonly memory: Memory | null;
  readonly replaying: Replaying | null;
  readonly startUpRatio: number | null;
  readonly subscribing: Subscribing | null;
  readonly sending: Sending | null;
  readonly importing: Importing | null;
  readonly backingUp: BackingUp | null;
  readonly isOnEventStore: boolean;
}

/** Prints the goals of the service with the measured values. On a busy machine, noise alone may miss a goal. */
export function printGoals({
  throughput,
  following,
  memory,
  startUpRatio,
  replaying,
  subscribing,
  sending,
  importing,
  backingUp,
  isOnEventStore,
}: Measurements): void {
  const rows: string[][] = [];
  const atLeast = (what: string, goal: number, value: number, decimals: number) => {
    rows.push([what, `≥ ${figure(goal, decimals)}`, figure(value, decimals), value >= goal ? 'reached' : 'missed']);
  };
  const atMost = (what: string, goal: number, value: number, decimals: number) => {
    rows.push([what, `≤ ${figure(goal, decimals)}`, figure(value, decimals), value <= goal ? 'reached' : 'missed']);
  };
  const most = throughput.find(({ connections }) => connections === MOST_CONNECTIONS);
  if (most !== undefined) {
    atLeast(`POSTs at ${MOST_CONNECTIONS} connections / the plain program's`, LOWEST_POST_RATIO, most.postRatio, 2);
    atLeast(`GETs at ${MOST_CONNECTIONS} connections / the plain program's POSTs`, LOWEST_GET_RATIO, most.getRatio, 2);
    atMost(`p99 of POSTs at ${MOST_CONNECTIONS} connections / the plain program's`, MOST_P99_RATIO, most.p99Ratio, 2);
    atMost(`appends a POST at ${MOST_CONNECTIONS} connections`, MOST_CALLS, most.appendsEach, 2);
    atMost(`calls to the read model a POST at ${MOST_CONNECTIONS} connections`, MOST_CALLS, most.readModelCallsEach, 2);
  }
  const single = throughput.find(({ connections }) => connections === 1);
  if (single !== undefined && !isOnEventStore) {
    atMost('p50 of POSTs at 1 connection / that of a plain INSERT', MOST_INSERT_RATIO, single.storingRatio, 2);
  }
  if (most !== undefined && isOnEventStore) {
    const what = `CPU of a POST at ${MOST_CONNECTIONS} connections, ms (with one bare append ${figure(most.storingCpuMs, 2)})`;
    atMost(what, MOST_POST_CPU_MS, most.postCpuMs, 2);
  }
  if (following !== null && following.barePerSecond !== null) {
    const ratio = following.followedPerSecond / following.barePerSecond;
    atLeast("events a second followed / by EventStoreDB's client alone", LOWEST_FOLLOWING_RATIO, ratio, 2);
  } else if (following !== null) {
    atLeast('events a second followed', FEWEST_EVENTS_PER_SECOND, following.followedPerSecond, 0);
    atLeast('events a second rebuilt', FEWEST_EVENTS_PER_SECOND, following.rebuiltPerSecond, 0);
  }
  if (memory !== null) {
    atMost('resident memory after all imports, MB', MOST_MEMORY_MB, memory.fullMb, 0);
    atMost('the same / after a quarter of the imports', MOST_GROWTH, memory.fullMb / memory.quarterMb, 2);
  }
  if (startUpRatio !== null) atMost('start-up with a full log / with an empty one', MOST_GROWTH, startUpRatio, 2);
  if (replaying !== null) {
    for (const { events, perSecond } of replaying.sizes) {
      atLeast(`events a second replayed, of ${figure(events, 0)}`, FEWEST_EVENTS_REPLAYED_PER_SECOND, perSecond, 0);
    }
    const [smallest, largest] = [replaying.sizes[0], replaying.sizes.at(-1)];
    if (smallest !== undefined && largest !== undefined && smallest !== largest) {
      const times = largest.events / smallest.events;
      atMost(
        `memory of a replay / of one that is ${times} times smaller`,
        MOST_GROWTH,
        largest.highestMb / smallest.highestMb,
        2,
      );
    }
    atMost('p99 of POSTs during a replay / without one', MOST_P99_RATIO, replaying.p99Ratio, 2);
  }
  if (subscribing !== null) {
    const { deliveryP99Ms, postP99Ratio, readerKb } = subscribing;
    atMost('p99 from answer to delivery, 100 readers, 500 imports/s, ms', MOST_DELIVERY_MS, deliveryP99Ms, 1);
    atMost('p99 of POSTs with 100 readers / without any', MOST_P99_RATIO, postP99Ratio, 2);
    atMost('memory of a reader, of 1,000, kB', MOST_READER_KB, readerKb, 1);
  }
  if (sending !== null) atLeast('webhooks a second to one endpoint', FEWEST_WEBHOOKS, sending.perSecond, 0);
  if (importing !== null) {
    const { perSecond, besidePerSecond, p99Ratio, largeFileMb, waitingCpuMs, idleCpuMs, otherStartsMs } = importing;
    atLeast('imports a second from a local source, 200 KB each', FEWEST_IMPORTS, perSecond, 0);
    atLeast('imports a second beside 200 POSTs a second', FEWEST_IMPORTS_BESIDE, besidePerSecond, 0);
    atMost('p99 of these POSTs / without imports', MOST_P99_RATIO, p99Ratio, 2);
    atMost('resident memory that a file of 100 MB adds, MB', MOST_LARGE_FILE_MB, largeFileMb, 1);
    atMost('CPU ms a second that waiting imports add', MOST_WAITING_CPU_MS, waitingCpuMs - idleCpuMs, 1);
    atMost('until an import of another organization begins then, ms', MOST_OTHER_STARTS_MS, otherStartsMs, 0);
  }
  if (backingUp !== null) {
    const { timeRatio, p99Ratio, shippingRatio } = backingUp;
    atMost('time of a backup beside 1,000 POSTs a second / without them', MOST_BACKUP_TIME_RATIO, timeRatio, 2);
    atMost('p99 of these POSTs / without a backup', MOST_P99_RATIO, p99Ratio, 2);
    atLeast('POSTs at 64 connections with a backup every second / without', LOWEST_SHIPPING_RATIO, shippingRatio, 2);
  }
  if (rows.length > 0) printTable(['goal', 'wanted', 'measured', ''], rows);
}
