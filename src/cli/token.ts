import type { Command } from 'commander';
import type { EventLog } from '../events/event-log.ts';
import { viewFromLog } from '../projections/view-from-log.ts';
import { mintSession, TOKEN_LIFE_SECONDS } from '../tokens/mint.ts';
import { secondsArgument, uuidArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { NotFound } from './outcomes.ts';
import { printRows } from './rows.ts';

interface Options {
  readonly user: string;
  readonly expiresIn: number;
  readonly unregistered?: boolean;
  readonly json?: boolean;
}

/** `imports token`: a session token, alone on standard output. */
export function addTokenCommand(program: Command, context: Context): void {
  program
    .command('token')
    .description('print a session token for a user; it is accepted while the user is registered')
    .summary('print a session token for a user')
    .requiredOption('--user <uuid>', 'the id of the user', uuidArgument)
    .option('--expires-in <seconds>', 'how long it lasts', secondsArgument, TOKEN_LIFE_SECONDS)
    .option('--unregistered', 'do not check whether the user is registered, and do not read the log')
    .addHelpText(
      'after',
      '\nExample:\n  npx imports token --user f1900bba-e339-4dc9-87df-9dc8665adead --expires-in 600',
    )
    .option('--json', 'print one JSON object')
    .action(async ({ user, expiresIn, unregistered = false, json = false }: Options) => {
      context.assertCanSign();
      const log = unregistered ? null : await context.log();
      if (log !== null) await assertRegistered(log, user);
      const { session } = log === null ? context.keys : await context.keysOf(log, true);
      const nowSeconds = Math.floor(Date.now() / 1000);
      await printRows(context, [{ token: mintSession(user, nowSeconds, session, expiresIn) }], json);
    });
}

/** @throws {NotFound} */
async function assertRegistered(log: EventLog, user: string): Promise<void> {
  const view = (await viewFromLog(log, 'user', user))?.view;
  if (view?.removed_at === null) return;
  const state = view === undefined ? 'was never registered' : `was removed at ${view.removed_at}`;
  throw new NotFound(
    `User ${user} ${state}, so a token would not be accepted. Register them first (imports users add), or add --unregistered.`,
  );
}
