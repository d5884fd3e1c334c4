import { type Command, InvalidArgumentError } from 'commander';
import type { EventLog } from '../events/event-log.ts';
import { newId } from '../events/new-id.ts';
import { secondsIn } from '../history/place-text.ts';
import { viewFromLog } from '../projections/view-from-log.ts';
import { mintSession, TOKEN_LIFE_SECONDS } from '../tokens/mint.ts';
import { uuidArgument } from './arguments.ts';
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
    .option(
      '--expires-in <time>',
      'how long it lasts: seconds, or such as 90m, 1h, 2d; at most 31 days',
      lifeArgument,
      TOKEN_LIFE_SECONDS,
    )
    .option('--unregistered', 'do not check whether the user is registered, and do without a log')
    .addHelpText(
      'after',
      '\nExample:\n  npx imports token --user f1900bba-e339-4dc9-87df-9dc8665adead --expires-in 10m',
    )
    .option('--json', 'print one JSON object')
    .action(async ({ user, expiresIn, unregistered = false, json = false }: Options) => {
      context.assertCanSign();
      const log = unregistered ? null : await context.log();
      if (log !== null) await assertRegistered(log, user);
      const { session } = log === null ? context.keys : await context.keysOf(log, true);
      const nowSeconds = Math.floor(Date.now() / 1000);
      const id = newId();
      const token = mintSession(user, nowSeconds, session, expiresIn, id);
      const expires_at = new Date((nowSeconds + expiresIn) * 1000).toISOString();
      const data = { token: id, bearer: { kind: 'user', id: user }, expires_at } as const;
      // First, so that no token is shown that is not recorded, if it can be.
      await context.recordAccess({ type: 'MintToken', data });
      await printRows(context, [{ token }], json);
    });
}

/** Longer, it would be a secret, and those can be revoked (`imports secrets`). */
const LONGEST_LIFE_SECONDS = 31 * 86_400;

function lifeArgument(text: string): number {
  const seconds = secondsIn(text) ?? (/^\d{1,10}$/.test(text) ? Number(text) : 0);
  if (seconds < 1)
    throw new InvalidArgumentError('It must be a whole number of seconds, at least 1, or such as 90m, 1h, 2d.');
  if (seconds <= LONGEST_LIFE_SECONDS) return seconds;
  throw new InvalidArgumentError(
    `It may be at most ${LONGEST_LIFE_SECONDS} (31 days). For a program that works for longer, use \`imports secrets add\`.`,
  );
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
