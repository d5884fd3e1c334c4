import type { Command } from 'commander';
import { ask, canAsk } from './ask.ts';
import { Interrupted, interruptible } from './interruptible.ts';

/** What every subcommand that asks says of `--yes`. */
export const YES = ['--yes', 'do not ask; needed where there is no terminal to ask at'] as const;

/**
 * Asks before something is done that cannot be undone. Where nobody can be asked, the command ends as used wrongly.
 * @param isSaid by `--yes`
 * @throws {Interrupted} at Ctrl-C
 */
export async function confirm(command: Command, question: string, isSaid = false): Promise<void> {
  if (isSaid) return;
  if (!canAsk()) command.error('error: there is no terminal to ask at: add --yes to do it without asking');
  const isWanted = await interruptible((signal) =>
    ask(question, signal).catch((error) => {
      if (signal.aborted) throw new Interrupted('Interrupted. Nothing was changed.');
      throw error;
    }),
  );
  if (!isWanted) throw new Error('Nothing was changed.');
}
