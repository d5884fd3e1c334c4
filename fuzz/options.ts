import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { optionsOrHelp } from '../bench/options-or-help.ts';

const PARTS = ['parsers', 'wire'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly seconds: number;
  /** Of the first round; the next ones count on from it. */
  readonly seed: number;
  readonly parts: readonly Part[];
  readonly reportsDelaysOnly: boolean;
}

const HELP = `Usage: npm run fuzz -- [options]

Tries every parser, and a service over the wire, with inputs that are made to do harm, and says what does not hold.

  --minutes <n>    how long, at least one round (default 1); 0.25 and 600 are fine too
  --seed <n>       the first round's seed; a failure says its own, which makes the same inputs again at once
  --part <part>    parsers or wire alone
  --report-delay   an event loop that is held for too long is said, but is no failure
  --help           this text
`;

/** The options of the command line; null where the help was asked for and printed. Ends the process where one is wrong. */
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
