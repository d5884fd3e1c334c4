import type { Command } from 'commander';
import type { Context } from './context.ts';
import { Interrupted } from './outcomes.ts';

/** What every subcommand that asks says of `--yes`. */
export const YES = ['--yes', 'do not ask; needed where there is no terminal to ask at'] as const;

/**
 * Asks before something is done that cannot be undone. Where nobody can be asked, the command ends as used wrongly.
 * @param isSaid by `--yes`
 * @throws {Interrupted} at Ctrl-C
 */
export async function confirm(context: Context, command: Command, question: string, isSaid = false): Promise<void> {
  if (isSaid) return;
  assertCanAsk(context, command);
  if (!(await askBeforeChange(context, question))) throw new Error('Nothing was changed.');
}

/**
 * Ends a command as used wrongly that will have to ask, where nobody can be asked.
 * @param isSaid by `--yes`
 */
export function assertCanAsk({ canAsk }: Context, command: Command, isSaid = false): void {
  if (isSaid || canAsk) return;
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
