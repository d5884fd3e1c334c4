import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { optionsOrHelp } from '../bench/options-or-help.ts';

const PARTS = ['parsers', 'wire'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly seconds: number;
  /** The seed of the first round. Each later round adds 1. */
  readonly seed: number;
  readonly parts: readonly Part[];
  readonly reportsDelaysOnly: boolean;
}

const HELP = `Usage: npm run fuzz -- [options]

Tries every parser, and a service over the wire, with hostile inputs, and reports failures.

  --minutes <n>    how long to run, at least one round (default 1); may be a fraction, such as 0.25
  --seed <n>       the first round's seed; each failure prints the seed that makes the same inputs again
  --part <part>    only parsers or only wire
  --report-delay   an event loop that is held for too long is reported, but is no failure
  --help           this text
`;

/** The options of the command line; null if the help was printed. If an option is wrong, the process ends. */
export function readOptions(): Options | null {
  return optionsOrHelp(HELP, parse);
}

function parse(): Options | null {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string' },
      part: { type: 'string' },
      'report-delay': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 10_000)) throw new Error('--minutes takes a number above 0');
  const seed = values.seed === undefined ? randomInt(1, 1_000_000_000) : Number(values.seed);
  if (!Number.isSafeInteger(seed) || seed < 0 || seed > 2_000_000_000) throw new Error('--seed takes a whole number');
  const parts = PARTS.filter((part) => values.part === undefined || values.part === part);
  if (parts.length === 0) throw new Error(`--part takes ${PARTS.join(' or ')}`);
  return { seconds: minutes * 60, seed, parts, reportsDelaysOnly: values['report-delay'] };
}
