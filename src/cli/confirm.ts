import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { Interrupted } from './interruptible.ts';

/** How a subcommand makes sure that it is meant, where it destroys or overwrites something. */
export interface Consent {
  /** `--yes`: it need not ask. */
  readonly yes?: boolean;
}

/** Ends with the usage where nobody can be asked and nothing was said: a script must say `--yes`. */
export function assertCanAsk(command: Command, { yes = false }: Consent): void {
  if (!yes && !isAtTerminal()) command.error('error: add --yes, as there is nobody at a terminal to ask');
}

/**
 * Asks the person at the terminal, unless told not to.
 * @param question ends without a question mark
 * @throws {Declined | Interrupted}
 */
export async function confirm(question: string, { yes = false }: Consent): Promise<void> {
  if (yes) return;
  const stop = new AbortController();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.once('SIGINT', () => stop.abort());
  terminal.once('close', () => stop.abort());
  try {
    const answer = await terminal.question(`${question}? [y/N] `, { signal: stop.signal });
    if (!/^\s*y(es)?\s*$/i.test(answer)) throw new Declined();
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new Interrupted('Interrupted. Nothing was changed.');
  } finally {
    terminal.close();
  }
}

/** The person at the terminal said no. */
export class Declined extends Error {
  readonly code = 'declined';

  constructor() {
    super('Nothing was changed.');
    this.name = 'Declined';
  }
}

function isAtTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}
