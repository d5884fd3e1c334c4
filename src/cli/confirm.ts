import type { Command } from 'commander';
import type { Context } from './context.ts';
import { Interrupted } from './outcomes.ts';

/** The option `--yes`, the same in every subcommand that asks. */
export const YES = ['--yes', 'do not ask; needed if there is no terminal to ask at'] as const;

/**
 * Asks before something is done that cannot be undone. If there is no terminal, the command ends with wrong usage.
 * @param isConfirmed whether `--yes` was given
 * @throws {Interrupted} at Ctrl-C
 */
export async function confirm(
  context: Context,
  command: Command,
  question: string,
  isConfirmed = false,
): Promise<void> {
  if (isConfirmed) return;
  assertCanAsk(context, command);
  if (!(await askBeforeChange(context, question))) throw new Error('Nothing was changed.');
}

/**
 * Ends a command that has to ask with wrong usage if there is no terminal.
 * @param isConfirmed whether `--yes` was given
 */
export function assertCanAsk({ canAsk }: Context, command: Command, isConfirmed = false): void {
  if (isConfirmed || canAsk) return;
  command.error('error: there is no terminal to ask at: add --yes to do it without asking');
}

/**
 * Asks before the first change is made.
 * @throws {Interrupted} at Ctrl-C
 */
export async function askBeforeChange(context: Context, question: string): Promise<boolean> {
  try {
    return await context.ask(question);
  } catch (error) {
    if (context.isInterrupted) throw new Interrupted('Interrupted. Nothing was changed.');
    throw error;
  }
}
