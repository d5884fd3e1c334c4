import type { Command } from 'commander';
import { mintSession, TOKEN_LIFE_SECONDS } from '../tokens/mint.ts';
import { secondsArgument, uuidArgument } from './arguments.ts';
import { printRows } from './rows.ts';
import { openKeys } from './session.ts';

/** `imports token`: a session token, alone on standard output. */
export function addTokenCommand(program: Command): void {
  program
    .command('token')
    .description('print a session token for a user; it is accepted while the user is registered')
    .summary('print a session token for a user')
    .requiredOption('--user <uuid>', 'the id of the user', uuidArgument)
    .option('--expires-in <seconds>', 'how long it lasts', secondsArgument, TOKEN_LIFE_SECONDS)
    .addHelpText(
      'after',
      '\nExample:\n  npx imports token --user f1900bba-e339-4dc9-87df-9dc8665adead --expires-in 600',
    )
    .option('--json', 'print one JSON object')
    .action(async ({ user, expiresIn, json = false }) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      await printRows([{ token: mintSession(user, nowSeconds, openKeys().session, expiresIn) }], json);
    });
}
