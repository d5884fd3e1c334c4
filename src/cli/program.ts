import { flushCompileCache } from 'node:module';
import { Command, CommanderError } from 'commander';
import { reasonOf } from '../errors/reason-of.ts';
import { releaseVersion } from '../telemetry/release.ts';
import { COMMANDS } from './commands.ts';
import { addCompletionCommand } from './completion.ts';
import { Context } from './context.ts';
import { EndsWith, exitCodeOf, exitCodes, Interrupted, isReaderGone } from './outcomes.ts';
import { printableLines } from './printable.ts';
import type { Surroundings } from './surroundings.ts';
import { addWhoAndWhy } from './who-and-why.ts';
import { wrapped } from './wrapped.ts';

/** Subcommands that print what there is. */
const LISTS = ['list', 'deliveries'];

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
 * @param only the one command that is wanted; the others, which it need not load, are left out
 */
export async function createProgram(context: Context, only?: string): Promise<Command> {
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
    .hook('postAction', (_program, subcommand) => {
      const isEmptyList = LISTS.includes(subcommand.name()) && !context.hasWritten && !context.isInterrupted;
      if (isEmptyList) context.say('The list is empty.');
    })
    .exitOverride();
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    program.commandsGroup(heading);
    for (const [name, load] of Object.entries(commands)) {
      if (only === undefined || name === only) (await load())(program, context);
    }
  }
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
    const [first = ''] = args;
    const isCommand = Object.values(COMMANDS).some((commands) => Object.hasOwn(commands, first));
    const program = await createProgram(context, isCommand ? first : undefined);
    // Now, for the threads that the command starts next.
    flushCompileCache();
    await program.parseAsync(args, { from: 'user' }).finally(() => context.close());
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
