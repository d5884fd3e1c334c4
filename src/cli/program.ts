import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { reasonOf } from '../reason-of.ts';
import { addAuditCommand } from './audit.ts';
import { addCheckCommand } from './check.ts';
import { addCompletionCommand } from './completion.ts';
import { addEventsCommand } from './events.ts';
import { addExportCommand } from './export.ts';
import { addLoadCommand } from './load.ts';
import { EndsWith, exitCodeOf, exitCodes } from './outcomes.ts';
import { printableLines } from './printable.ts';
import { addQuarantineCommands } from './quarantine.ts';
import { addReplayCommand } from './replay.ts';
import { say } from './say.ts';
import { addSecretsCommands } from './secrets.ts';
import { addShowCommand } from './show.ts';
import { isReaderGone } from './standard-output.ts';
import { addStatusCommand } from './status.ts';
import { inSurroundings, type Surroundings, surroundings } from './surroundings.ts';
import { addTokenCommand } from './token.ts';
import { addUsersCommands } from './users.ts';
import { addVerifyCommand } from './verify.ts';
import { addVersionsCommands } from './versions.ts';

/** The operators' command line: `npx imports …`. Data on standard output, words on standard error. */

const HELP = `
Data goes to standard output (--json: one object a line), words and progress to standard error.

Exit codes:
  0    done                       4    not found
  1    failed                     7    a store is unavailable
  2    wrong usage                130  interrupted
  3    differences were found

Environment:
  NODE_ENV, JWT_SECRET, DATA_DIR, EVENTSTORE_URL, MONGODB_URL, … as the service has them

Examples:
  npx imports users add --organization 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83
  npx imports audit --help

The README says more: what each command is for, and all settings.`;

/** Everything that can be typed. */
export function createProgram(): Command {
  const program = new Command('imports')
    .description('The command line of the Import API. It works while the service runs, by the same settings.')
    .version(version())
    .usage('<command> [options]')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showHelpAfterError('Add --help to see how it is used.')
    .configureOutput({
      writeOut: (text) => surroundings().stdout.write(text),
      writeErr: (text) => surroundings().stderr.write(text),
      outputError: (text, write) => write(printableLines(text)),
    })
    .addHelpText('after', HELP)
    .exitOverride();
  program.commandsGroup('Who may use the API:');
  addUsersCommands(program);
  addSecretsCommands(program);
  addTokenCommand(program);
  program.commandsGroup('What happened:');
  addAuditCommand(program);
  addShowCommand(program);
  addEventsCommand(program);
  program.commandsGroup('The views and the log:');
  addVerifyCommand(program);
  addQuarantineCommands(program);
  addReplayCommand(program);
  addVersionsCommands(program);
  addExportCommand(program);
  addLoadCommand(program);
  program.commandsGroup('How it is doing:');
  addStatusCommand(program);
  addCheckCommand(program);
  program.commandsGroup('About this command:');
  addCompletionCommand(program);
  return program.helpCommand(true);
}

/**
 * Runs a subcommand; gives the exit code.
 * @param args what is typed after `imports`
 */
export function run(args: readonly string[], given: Surroundings): Promise<number> {
  return inSurroundings(given, async () => {
    // Who writes data is told of it by the write itself; help that nobody reads is no fault.
    given.stdout.on('error', () => {});
    try {
      await createProgram().parseAsync(args, { from: 'user' });
      return exitCodes.done;
    } catch (error) {
      // Commander has already said what is wrong, or shown the help that was asked for.
      const isSaid = error instanceof CommanderError || error instanceof EndsWith || isReaderGone(error);
      if (!isSaid) say(reasonOf(error));
      return exitCodeOf(error);
    }
  });
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return version;
}
