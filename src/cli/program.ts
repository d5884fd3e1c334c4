import { Command, CommanderError } from 'commander';
import { reasonOf } from '../reason-of.ts';
import { addAuditCommand } from './audit.ts';
import { addCheckCommand } from './check.ts';
import { addEventsCommand } from './events.ts';
import { addExportCommand } from './export.ts';
import { addLoadCommand } from './load.ts';
import { EndsWith, exitCodeOf, exitCodes } from './outcomes.ts';
import { addQuarantineCommands } from './quarantine.ts';
import { addReplayCommand } from './replay.ts';
import { addSecretsCommands } from './secrets.ts';
import { addShowCommand } from './show.ts';
import { addStatusCommand } from './status.ts';
import { addTokenCommand } from './token.ts';
import { addUsersCommands } from './users.ts';
import { addVerifyCommand } from './verify.ts';

/** The operators' command line: `npx imports …`. Data on standard output, words on standard error. */

/** Runs the subcommand that the process was started with, and sets its exit code. */
export async function run(): Promise<void> {
  const program = new Command('imports')
    .description('The command line of the Import API. It uses the same environment variables as the service.')
    .showHelpAfterError('Add --help to see how it is used.')
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .exitOverride();
  addUsersCommands(program);
  addSecretsCommands(program);
  addTokenCommand(program);
  addAuditCommand(program);
  addShowCommand(program);
  addEventsCommand(program);
  addVerifyCommand(program);
  addQuarantineCommands(program);
  addStatusCommand(program);
  addCheckCommand(program);
  addExportCommand(program);
  addLoadCommand(program);
  addReplayCommand(program);
  try {
    await program.parseAsync();
    process.exitCode = exitCodes.done;
  } catch (error) {
    // Commander has already said what is wrong, or shown the help that was asked for.
    const isSaid = error instanceof CommanderError || error instanceof EndsWith;
    if (!isSaid) process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}
