import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

/** The longest time that one input may hold the event loop. Source: issue 11. */
export const LONGEST_DELAY_MS = 50;

/** How much of an input is shown. Its file has all of it. */
const SHOWN_CHARACTERS = 1_500;

/** A failure. */
export interface Failure {
  readonly part: 'parsers' | 'wire';
  /** The seed that makes the same inputs again. */
  readonly seed: number;
  readonly what: string;
  readonly input: unknown;
  readonly error?: unknown;
}

/** The findings of a run. */
export class Findings {
  readonly #reportsDelaysOnly: boolean;
  #folder: string | null = null;
  #longestDelayMs = 0;
  count = 0;

  /** @param reportsDelaysOnly true: an event loop that was held too long is reported, but is no failure */
  constructor(reportsDelaysOnly: boolean) {
    this.#reportsDelaysOnly = reportsDelaysOnly;
  }

  /** The longest delay that one input causes in every try. */
  get longestDelayMs(): number {
    return this.#longestDelayMs;
  }

  /** Records for how long one input held the event loop. @returns whether it is a failure */
  delay(milliseconds: number): boolean {
    this.#longestDelayMs = Math.max(this.#longestDelayMs, milliseconds);
    return milliseconds > LONGEST_DELAY_MS && !this.#reportsDelaysOnly;
  }

  /** Prints the failure at once, so that a stopped run has printed it, and writes the input to a file. */
  fail({ part, seed, what, input, error }: Failure): void {
    this.count += 1;
    this.#folder ??= mkdtempSync(join(tmpdir(), 'imports-fuzz-failures-'));
    const file = join(this.#folder, `${this.count}.json`);
    const stack = error instanceof Error ? error.stack : undefined;
    writeFileSync(file, JSON.stringify({ part, seed, what, stack, input: jsonable(input) }, null, 2));
    const shown = inspect(input, { depth: 6, maxStringLength: 400, maxArrayLength: 20, breakLength: 120 });
    process.stderr.write(
      `\nFAILED ${what}\n${stack === undefined ? '' : `${stack}\n`}${shown.slice(0, SHOWN_CHARACTERS)}\n` +
        `In full: ${file}\nAgain: npm run fuzz -- --seed ${seed} --part ${part}\n`,
    );
  }
}

/** Bytes as readable text, one character each. */
function jsonable(input: unknown): unknown {
  if (Buffer.isBuffer(input)) return input.toString('latin1');
  if (Array.isArray(input)) return input.map(jsonable);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, jsonable(value)]));
}
