import { reasonOf } from '../src/reason-of.ts';

/**
 * The options of a script's command line; null where the help was asked for, which is printed. Ends the process where one is wrong.
 * @param parse gives the options, null where the help is asked for, or throws what is wrong
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
