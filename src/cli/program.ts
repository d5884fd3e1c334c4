import { Command, CommanderError } from 'commander';
import { reasonOf } from '../reason-of.ts';
import { releaseVersion } from '../release.ts';
import { addAuditCommand } from './audit.ts';
import { addBackupCommand } from './backup.ts';
import { addCheckCommand } from './check.ts';
import { addCompletionCommand } from './completion.ts';
import { addConnectionsCommands } from './connections.ts';
import { Context, type Surroundings } from './context.ts';
import { addEventsCommand } from './events.ts';
import { addExportCommand } from './export.ts';
import { addFollowCommand } from './follow.ts';
import { addKeysCommands } from './keys.ts';
import { addLoadCommand } from './load.ts';
import { EndsWith, exitCodeOf, exitCodes, Interrupted, isReaderGone } from './outcomes.ts';
import { printableLines } from './printable.ts';
import { addQuarantineCommands } from './quarantine.ts';
import { addReplayCommand } from './replay.ts';
import { addRestoreCommand } from './restore.ts';
import { addRetryCommand } from './retry.ts';
import { addSalvageCommand } from './salvage.ts';
import { addSecretsCommands } from './secrets.ts';
import { addShowCommand } from './show.ts';
import { addStatusCommand } from './status.ts';
import { addTokenCommand } from './token.ts';
import { addUsersCommands } from './users.ts';
import { addVerifyCommand } from './verify.ts';
import { addVersionsCommands } from './versions.ts';
import { addWebhooksCommands } from './webhooks.ts';
import { addWhoAndWhy } from './who-and-why.ts';
import { addWorkCommand } from './work.ts';
import { wrapped } from './wrapped.ts';

/** The operators' command line: `npx imports …`. Data on standard output, words on standard error. */

const HELP = `
Data goes to standard output (--json: one object a line), words and progress to standard error.

Exit codes:
  0    done                       4    not found
  1    failed                     7    a store is unavailable
  2    wrong usage                130  interrupted
  3    differences were found

Environment:
  NODE_ENV, JWT_SECRET, DATA_DIR, EVENTSTORE_URL, MONGODB_URL, …: the settings of the service

Examples:
  npx imports users add --organization 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83
  npx imports audit --help

docs/cli.md has the help of all commands, docs/configuration.md all settings.`;

/** A value that an error repeats, which may be as long as a file. */
const LONG_VALUE = /'([^']{200})[^']+'/g;

/** Of help that goes into a file, in characters. */
const USUAL_WIDTH = 80;

/**
 * The program with all its commands.
 * @param context what the subcommands work with
 */
export function createProgram(context: Context): Command {
  const { stdout, stderr } = context.surroundings;
  const { width } = context;
  const program = new Command('imports')
    .description('The command line of the Import API. It works while the service runs, with the same settings.')
    .version(releaseVersion())
    .usage('<command> [options]')
    .configureHelp({ subcommandTerm: (command) => command.name(), minWidthToWrap: 20 })
    .showHelpAfterError('Add --help to see how it is used.')
    .configureOutput({
      writeOut: (text) => stdout.write(width === null ? text : wrapped(text, width)),
      getOutHelpWidth: () => width ?? USUAL_WIDTH,
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(printableLines(text.replace(LONG_VALUE, "'$1…'"))),
    })
    .addHelpText('after', HELP)
    .hook('preAction', (_program, subcommand) => context.runBy(subcommand.opts()))
    .exitOverride();
  program.commandsGroup('Who may use the API:');
  addUsersCommands(program, context);
  addSecretsCommands(program, context);
  addTokenCommand(program, context);
  addKeysCommands(program, context);
  program.commandsGroup('What happened:');
  addAuditCommand(program, context);
  addShowCommand(program, context);
  addEventsCommand(program, context);
  program.commandsGroup('What is done:');
  addWorkCommand(program, context);
  addRetryCommand(program, context);
  program.commandsGroup('Who is told:');
  addFollowCommand(program, context);
  addWebhooksCommands(program, context);
  program.commandsGroup('Where images come from:');
  addConnectionsCommands(program, context);
  program.commandsGroup('The views and the log:');
  addVerifyCommand(program, context);
  addQuarantineCommands(program, context);
  addReplayCommand(program, context);
  addVersionsCommands(program, context);
  addExportCommand(program, context);
  addLoadCommand(program, context);
  addBackupCommand(program, context);
  addRestoreCommand(program, context);
  addSalvageCommand(program, context);
  program.commandsGroup('The state of the service:');
  addStatusCommand(program, context);
  addCheckCommand(program, context);
  program.commandsGroup('About this command:');
  addCompletionCommand(program, context);
  addWhoAndWhy(program);
  return program.helpCommand(true);
}

/**
 * Runs a subcommand to its end; gives the exit code.
 * @param args what is typed after `imports`
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  // If the reader has gone, `write` fails by itself. Help that nobody reads is no fault.
  surroundings.stdout.on('error', () => {});
  const context = new Context(surroundings);
  try {
    await createProgram(context)
      .parseAsync(args, { from: 'user' })
      .finally(() => context.close());
    if (context.isInterrupted) throw new Interrupted('Interrupted.');
    return exitCodes.done;
  } catch (thrown) {
    const isOfSignal = context.isInterrupted && thrown === surroundings.signal.reason;
    const error = isOfSignal ? new Interrupted('Interrupted.') : thrown;
    // Commander has already said what is wrong, or shown the help that was asked for.
    const isSaid = error instanceof CommanderError || error instanceof EndsWith || isReaderGone(error);
    if (!isSaid) context.say(reasonOf(error));
    return exitCodeOf(error);
  }
}
