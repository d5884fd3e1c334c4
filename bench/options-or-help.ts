import { reasonOf } from '../src/errors/reason-of.ts';

/**
 * The options of a script's command line; null if it asked for the help, which is printed. If an option is wrong, the process ends.
 * @param parse gives the options, or null if they ask for the help; throws if an option is wrong
 */
export function optionsOrHelp<T>(help: string, parse: () => T | null): T | null {
  try {
    const options = parse();
    if (options === null) process.stdout.write(help);
    return options;
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n\n${help}`);
    process.exit(2);
  }
}
