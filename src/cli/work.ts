import { type Command, InvalidArgumentError } from 'commander';
import { assertCanAsk, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { timeArgument } from './reading/points.ts';
import type { WorkOptions } from './work/perform.ts';

const MOST = 1_000;

/** `imports work`: the importer as a process of its own. */
export function addWorkCommand(program: Command, context: Context): void {
  program
    .command('work')
    .description('perform imports, beside the service and other such processes, until Ctrl-C or SIGTERM')
    .summary('perform imports in a process of its own')
    .option('--concurrency <n>', 'how many at once, instead of IMPORT_CONCURRENCY', concurrencyArgument)
    .option('--since <time>', 'take in those that wait and are not performed by themselves; asks first', timeArgument)
    .option('--dry-run', 'with --since: say how many those are, and change nothing')
    .option(...YES)
    .addHelpText('after', HELP)
    .action(async (options: WorkOptions, self: Command) => {
      if (
        options.since === undefined &&
        [options.dryRun, options.yes, options.reason, options.operator].some((one) => one !== undefined)
      ) {
        self.error('error: --dry-run, --operator, --reason and --yes go with --since');
      }
      if (options.since !== undefined && !options.dryRun) assertCanAsk(context, self, options.yes);
      // What connects to other hosts is loaded only if something is performed.
      const { perform, sayOlder } = await import('./work/perform.ts');
      await (options.dryRun ? sayOlder(options, context) : perform(options, context, self));
    });
}

const HELP = `
It needs the settings of the service: it opens its stores, and listens on no port. Any number of such processes may run, on any
machines that reach the stores. If one ends, it gives back what it has not done; if it is killed, the others take that over after
IMPORT_ATTEMPT_SECONDS. IMPORTER=off keeps the service itself from performing imports.

Imports are performed if they were asked for in this log after the first worker started in it. Others wait: those of earlier
releases, those of a log that was loaded, and those before a copy or a backup of the log was put into use, which another
installation may have performed. --since has those performed that were asked for at this time or later.

Examples:
  npx imports work --concurrency 40
  npx imports work --since 2026-11-24 --dry-run`;

function concurrencyArgument(text: string): number {
  const concurrency = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (concurrency >= 1 && concurrency <= MOST) return concurrency;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST}.`);
}
