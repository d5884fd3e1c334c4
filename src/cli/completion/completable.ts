import type { Argument, Command, Option } from 'commander';

/** A command line as completion sees it. */
export interface Completable {
  /** The words that are typed before: none for the program itself, `users add` for a subcommand. */
  readonly path: readonly string[];
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletableOption[];
  readonly arguments: readonly Value[];
}

export interface CompletableOption {
  /** `-h` and `--help`, or one of them. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Null if it takes no value. */
  readonly value: Value | null;
}

/** An argument, or the value of an option. */
export interface Value {
  readonly name: string;
  /** All values that are allowed; empty: any. */
  readonly choices: readonly string[];
  readonly isFile: boolean;
  /** Whether more of them may follow. */
  readonly isVariadic: boolean;
}

/** A command and everything below it, as `--help` shows them. */
export function completables(command: Command, path: readonly string[] = []): Completable[] {
  const help = command.createHelp();
  const subcommands = help.visibleCommands(command);
  const names = subcommands.map((subcommand) => subcommand.name());
  const here = {
    path,
    subcommands: subcommands.map((subcommand) => ({
      name: subcommand.name(),
      description: help.subcommandDescription(subcommand),
    })),
    options: help.visibleOptions(command).map(completableOption),
    arguments: command.registeredArguments.map(completableArgument),
  };
  const below = subcommands.flatMap((subcommand) => completables(subcommand, [...path, subcommand.name()]));
  // `help` is commander's own; its argument is the name of another subcommand.
  return [
    here,
    ...below.map((one) => (isHelp(one, path) ? { ...one, arguments: [typedValue('command', names)] } : one)),
  ];
}

function isHelp({ path }: Completable, parent: readonly string[]): boolean {
  return path.length === parent.length + 1 && path.at(-1) === 'help';
}

function completableOption({ short, long, flags, description, argChoices, required, optional }: Option) {
  const name = /[<[]([^.>\]]+)/.exec(flags)?.[1] ?? '';
  const value = required || optional ? typedValue(name, argChoices) : null;
  return { flags: [short, long].filter((flag) => flag !== undefined), description, value };
}

function completableArgument(argument: Argument): Value {
  return { ...typedValue(argument.name(), argument.argChoices), isVariadic: argument.variadic };
}

/** A value with the name `file` is a file. */
function typedValue(name: string, choices: readonly string[] = []): Value {
  return { name, choices, isFile: name === 'file', isVariadic: false };
}
