import { parseArgs } from 'node:util';
import { reasonOf } from '../src/reason-of.ts';
import { isWrkInstalled } from './wrk.ts';

export interface Options {
  readonly rounds: number;
  /** Length of each measurement. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: readonly number[];
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

const HELP = `Usage: npm run bench -- [options]

Measures the service (production mode, embedded stores, fsync before each answer) against a plain Koa program that gives
the same answer and stores nothing. Both are driven in turn, in the same run.

  --quick             a short run, to see that it works; its numbers say little
  --rounds <n>        measurements of each setting (default 3)
  --seconds <n>       length of each measurement (default 4)
  --connections <…>   numbers of connections, separated by commas (default 1,16,64)
  --imports <n>       imports for memory and start-up; 0 leaves these out (default 200000)
  --load <program>    wrk or autocannon (default: wrk where it is installed)
  --directory <path>  where the stores of the run are put, on a real disk (default: the system's temporary folder, or
                      the first of /var/tmp and ./data where that is in memory); removed at the end
  --help              this text
`;

/** The options of the command line; null where the help was asked for and printed. Ends the process where one is wrong. */
export function readOptions(): Options | null {
  try {
    return parse();
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n\n${HELP}`);
    process.exit(2);
  }
}

function parse(): Options | null {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string', default: '1,16,64' },
      imports: { type: 'string' },
      load: { type: 'string' },
      directory: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return null;
  }
  const { quick } = values;
  const load = values.load ?? (isWrkInstalled() ? 'wrk' : 'autocannon');
  if (load !== 'wrk' && load !== 'autocannon') throw new Error('--load takes wrk or autocannon');
  return {
    rounds: whole('rounds', values.rounds, quick ? 1 : 3, 1),
    seconds: whole('seconds', values.seconds, quick ? 1 : 4, 1),
    warmUpSeconds: quick ? 1 : 4,
    connections: values.connections.split(',').map((text) => whole('connections', text, 1, 1)),
    imports: whole('imports', values.imports, quick ? 10_000 : 200_000, 0),
    starts: quick ? 2 : 7,
    idleSeconds: quick ? 1 : 15,
    load,
    directory: values.directory ?? null,
  };
}

function whole(name: string, text: string | undefined, otherwise: number, lowest: number): number {
  if (text === undefined) return otherwise;
  const number = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  if (number < lowest) throw new Error(`--${name} takes a whole number, at least ${lowest}`);
  return number;
}
