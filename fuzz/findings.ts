import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';

/** For so long may one input hold the event loop. Source: issue 11. */
export const LONGEST_DELAY_MS = 50;

/** So much of an input is shown; its file has all of it. */
const SHOWN_CHARACTERS = 1_500;

/** Something that does not hold. */
export interface Failure {
  readonly part: 'parsers' | 'wire';
  /** That makes the same inputs again. */
  readonly seed: number;
  readonly what: string;
  readonly input: unknown;
  readonly error?: unknown;
}

/** What a run has found. */
export class Findings {
  readonly #reportsDelaysOnly: boolean;
  #folder: string | null = null;
  #longestDelayMs = 0;
  count = 0;

  /** @param reportsDelaysOnly whether an event loop that was held too long is no failure */
  constructor(reportsDelaysOnly: boolean) {
    this.#reportsDelaysOnly = reportsDelaysOnly;
  }

  /** The longest delay that one input brought about each time that it was tried. */
  get longestDelayMs(): number {
    return this.#longestDelayMs;
  }

  /** Takes note of what one input did to the event loop. @returns whether it is a failure */
  delay(milliseconds: number): boolean {
    this.#longestDelayMs = Math.max(this.#longestDelayMs, milliseconds);
    return milliseconds > LONGEST_DELAY_MS && !this.#reportsDelaysOnly;
  }

  /** Says it at once, so that a run that is stopped has said it, and writes the input to a file. */
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

/** Bytes as text of one character each, so that they can be read. */
function jsonable(input: unknown): unknown {
  if (Buffer.isBuffer(input)) return input.toString('latin1');
  if (Array.isArray(input)) return input.map(jsonable);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, jsonable(value)]));
}
