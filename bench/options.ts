import { parseArgs } from 'node:util';
import { readConfig } from '../src/config.ts';
import { optionsOrHelp } from './options-or-help.ts';
import { type Engines, enginesIn, hasEngines } from './stores.ts';
import { isWrkInstalled } from './wrk.ts';

const PARTS = ['throughput', 'follow', 'memory', 'replay'] as const;
/** What is measured unless told; a replay takes minutes. */
const DEFAULT_PARTS: readonly Part[] = ['throughput', 'follow', 'memory'];
type Part = (typeof PARTS)[number];

export interface Options {
  readonly parts: readonly Part[];
  readonly engines: Engines;
  readonly rounds: number;
  /** Length of each measurement. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: readonly number[];
  /** How many events are followed. */
  readonly events: number;
  /** How many events are replayed, in each of several logs. */
  readonly replayed: readonly number[];
  /** How many imports the memory and the start-up are measured with. */
  readonly imports: number;
  /** How often each start-up is timed. */
  readonly starts: number;
  /** For how long the filled service is left alone before its memory is read once more. */
  readonly idleSeconds: number;
  readonly load: 'wrk' | 'autocannon';
  /** Where the folder of the run is made; chosen where it is not given. */
  readonly directory: string | null;
}

const HELP = `Usage: npm run bench -- [part …] [options]

Measures the service (production mode, embedded stores, fsync before each answer) in parts, all but the last unless told:

  throughput          POSTs and GETs against a plain Koa program that gives the same answer and stores nothing; both are
                      driven in turn, in the same run. With the calls to the log and to the read model for each request.
  follow              events a second of a follower from the beginning of a log into an embedded read model
  memory              resident memory while a log is filled, and start-up with a full log and an empty one
  replay              events a second of a replay, its memory, and the p99 of POSTs during one against without

  --quick             a short run, to see that it works; its numbers say little
  --rounds <n>        measurements of each setting (default 3)
  --seconds <n>       length of each measurement (default 4)
  --connections <…>   numbers of connections, separated by commas (default 1,16,64)
  --events <n>        events to follow (default 100000)
  --replayed <…>      events of the logs to replay, separated by commas (default 100000,1000000)
  --imports <n>       imports for memory and start-up; 0 leaves these out (default 200000)
  --embedded          on the embedded stores, although EVENTSTORE_URL or MONGODB_URL is set
  --load <program>    wrk or autocannon (default: wrk where it is installed)
  --directory <path>  where the stores of the run are put, on a real disk (default: the system's temporary folder, or
                      the first of /var/tmp and ./data where that is in memory); removed at the end
  --help              this text

Where EVENTSTORE_URL or MONGODB_URL is set, it runs on those servers. THEY ARE WRITTEN TO, and the events and views of the
run stay there: its imports, of a new organization, and a user of that; for follow as many imports as the log lacks. Where
only MONGODB_URL is set, its database must be a new one. Memory, start-up and replay are measured on the embedded stores only.
On EventStoreDB its client alone is measured too: the plain program with one append for each POST (to streams bench-UUID),
and a subscription whose events nobody looks at.
`;

/** The options of the command line; null where the help was asked for and printed. Ends the process where one is wrong. */
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
  // Wrong URLs are told here.
  readConfig({ ...engines });
  const parts = positionals.map(part);
  for (const own of ['memory', 'replay'] as const) {
    if (hasEngines(engines) && parts.includes(own)) throw new Error(`${own} is measured with --embedded only`);
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
