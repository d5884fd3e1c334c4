import { parseArgs } from 'node:util';
import { readConfig } from '../src/settings/config.ts';
import { optionsOrHelp } from './options-or-help.ts';
import { type Engines, enginesIn, hasEngines } from './stores.ts';
import { isWrkInstalled } from './wrk.ts';

const PARTS = ['throughput', 'follow', 'memory', 'replay', 'subscribers', 'importer', 'backup'] as const;
/** The parts that are measured by default. The others take minutes. */
const DEFAULT_PARTS: readonly Part[] = ['throughput', 'follow', 'memory'];
type Part = (typeof PARTS)[number];

export interface Options {
  readonly parts: readonly Part[];
  readonly engines: Engines;
  readonly rounds: number;
  /** The length of each measurement. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: readonly number[];
  /** How many events are followed. */
  readonly events: number;
  /** How many events are replayed, in each of several logs. */
  readonly replayed: readonly number[];
  /** The number of imports for memory and start-up. */
  readonly imports: number;
  /** How many imports are performed, and how many wait for an organization that is paused. */
  readonly performed: number;
  readonly waiting: number;
  /** How many events are backed up. */
  readonly backedUp: number;
  /** How often each start-up is timed. */
  readonly starts: number;
  /** How long the filled service idles before its memory is read once more. */
  readonly idleSeconds: number;
  readonly load: 'wrk' | 'autocannon';
  /** The place for the folder of the run; null: chosen by the run. */
  readonly directory: string | null;
}

const HELP = `Usage: npm run bench -- [part …] [options]

Measures the service (production mode, embedded stores, fsync before each answer). The parts, by default the first three:

  throughput          POSTs and GETs, compared with a plain Koa program that gives the same answer and stores nothing. Both
                      run in turn. It also shows the calls to the log and to the read model for each request.
  follow              events a second of a follower from the beginning of a log into an embedded read model
  memory              resident memory while a log is filled, and start-up with a full log and an empty one
  replay              events a second of a replay, its memory, and the p99 of POSTs during a replay and without one
  subscribers         from the answer of a POST to its delivery by live streams; what they cost POSTs and memory;
                      webhooks a second to one endpoint
  importer            imports a second from a source on this machine, alone and beside POSTs; the memory of a large file;
                      what imports cost that wait for a paused organization
  backup              how long a backup takes, alone and beside 1,000 POSTs a second; what it costs them, once and every second

  --quick             a short run, to check that it works; its numbers mean little
  --rounds <n>        measurements of each setting (default 3)
  --seconds <n>       length of each measurement (default 4)
  --connections <…>   numbers of connections, separated by commas (default 1,16,64)
  --events <n>        events to follow (default 100000)
  --replayed <…>      events of the logs to replay, separated by commas (default 100000,1000000)
  --imports <n>       imports for memory and start-up; 0 skips both (default 200000)
  --performed <n>     imports to perform (default 6000)
  --waiting <n>       imports that wait (default 100000)
  --backed-up <n>     events to back up (default 1000000)
  --embedded          use the embedded stores even if EVENTSTORE_URL or MONGODB_URL is set
  --load <program>    wrk or autocannon (default: wrk if it is installed)
  --directory <path>  the folder for the stores of the run, on a real disk (default: the system's temporary folder; if that
                      is in memory, /var/tmp or ./data); the stores are removed at the end
  --help              this text

If EVENTSTORE_URL or MONGODB_URL is set, the run uses those servers. IT WRITES TO THEM, and its events and views stay there:
the imports of a new organization, and a user of it; for follow, as many imports as the log lacks. If only MONGODB_URL is
set, its database must be new. Memory, start-up, replay, importer and backup are measured on the embedded stores only. On EventStoreDB, its
client alone is measured, too: the plain program with one append for each POST (to streams bench-UUID), and a subscription
that ignores its events.
`;

/** The options of the command line; null if the help was printed. If an option is wrong, the process ends. */
export function readOptions(): Options | null {
  return optionsOrHelp(HELP, parse);
}

function parse(): Options | null {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '1,16,64' },
      events: { type: 'string' },
      replayed: { type: 'string' },
      imports: { type: 'string' },
      performed: { type: 'string' },
      waiting: { type: 'string' },
      'backed-up': { type: 'string' },
      embedded: { type: 'boolean', default: false },
      load: { type: 'string' },
      directory: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { quick } = values;
  const load = values.load ?? (isWrkInstalled() ? 'wrk' : 'autocannon');
  if (load !== 'wrk' && load !== 'autocannon') throw new Error('--load takes wrk or autocannon');
  const engines = values.embedded ? {} : enginesIn(process.env);
  // Refuses wrong URLs.
  readConfig({ ...engines });
  const parts = positionals.map(part);
  for (const own of ['memory', 'replay', 'importer', 'backup'] as const) {
    if (hasEngines(engines) && parts.includes(own)) throw new Error(`${own} needs --embedded`);
  }
  return {
    parts: parts.length > 0 ? parts : DEFAULT_PARTS.filter((each) => each !== 'memory' || !hasEngines(engines)),
    engines,
    rounds: whole('rounds', values.rounds, quick ? 1 : 3, 1),
    seconds: whole('seconds', values.seconds, quick ? 1 : 4, 1),
    warmUpSeconds: quick ? 1 : 4,
    connections: values.connections.split(',').map((text) => whole('connections', text, 1, 1)),
    events: whole('events', values.events, quick ? 10_000 : 100_000, 1),
    replayed: (values.replayed ?? (quick ? '5000,20000' : '100000,1000000'))
      .split(',')
      .map((text) => whole('replayed', text, 1, 1)),
    imports: whole('imports', values.imports, quick ? 10_000 : 200_000, 0),
    performed: whole('performed', values.performed, quick ? 500 : 6_000, 1),
    waiting: whole('waiting', values.waiting, quick ? 2_000 : 100_000, 1),
    backedUp: whole('backed-up', values['backed-up'], quick ? 20_000 : 1_000_000, 1),
    starts: quick ? 2 : 7,
    idleSeconds: quick ? 1 : 15,
    load,
    directory: values.directory ?? null,
  };
}

function part(name: string): Part {
  const found = PARTS.find((each) => each === name);
  if (found === undefined) throw new Error(`There is no part ${name}; there are ${PARTS.join(', ')}.`);
  return found;
}

function whole(name: string, text: string | undefined, otherwise: number, lowest: number): number {
  if (text === undefined) return otherwise;
  const number = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  if (number < lowest) throw new Error(`--${name} takes a whole number, at least ${lowest}`);
  return number;
}
