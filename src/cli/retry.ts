import { type Command, Option } from 'commander';
import { IMPORT_REASONS } from '../events/import-events.ts';
import { rateArgument, uuidArgument, uuidsArgument } from './arguments.ts';
import { assertCanAsk, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { timeArgument } from './reading/points.ts';
import { type RetryOptions, retryFailed, retryNamed } from './retry/retry-imports.ts';

/** `imports retry`: imports that have failed are tried again. */
export function addRetryCommand(program: Command, context: Context): void {
  program
    .command('retry')
    .description('have imports tried again that have failed or were cancelled; asks first')
    .summary('have imports tried again that have failed')
    .argument('[import-id...]', 'the imports', uuidsArgument)
    .option('--failed', 'all that have failed')
    .addOption(new Option('--failed-with <reason>', 'with --failed: only for this reason').choices(IMPORT_REASONS))
    .option('--organization <uuid>', 'with --failed: only of this organization', uuidArgument)
    .option('--since <time>', 'with --failed: only those that failed at this time or later', timeArgument)
    .option('--rate <n>', 'at most <n> a second', rateArgument)
    .option('--dry-run', 'print which ones, and change nothing')
    .option(...YES)
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP)
    .action(async (ids: string[] | undefined, options: RetryOptions & { failed?: true }, self: Command) => {
      const isNamed = ids !== undefined && ids.length > 0;
      if (isNamed === (options.failed === true)) self.error('error: give one import or more, or --failed');
      const selecting = [options.failedWith, options.organization, options.since];
      if (isNamed && selecting.some((option) => option !== undefined)) {
        self.error('error: --failed-with, --organization and --since go with --failed');
      }
      if (!options.dryRun) assertCanAsk(context, self, options.yes);
      await (isNamed ? retryNamed(new Set(ids), options, context, self) : retryFailed(options, context, self));
    });
}

const HELP = `
It records for each import that somebody asks for it again, and prints the import. The importer does the rest, for 72 hours
more. Without --organization, it looks at every import. What was done stays done if it is interrupted: the same command goes on
with the others. docs/importing.md has the reasons, and what to do about each.

Examples:
  npx imports retry 3d172b54-f40f-4df9-9342-0b042fac5382
  npx imports retry --failed --failed-with source_forbidden --since 2026-11-24 --dry-run
  npx imports retry --failed --organization 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83 --rate 10 --reason 'ticket 4711'`;
