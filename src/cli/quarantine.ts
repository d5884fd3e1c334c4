import type { Command } from 'commander';
import { YES } from './confirm.ts';
import type { Context } from './context.ts';
import { OPERATOR } from './operator.ts';
import { type DismissOptions, dismiss } from './quarantine/dismiss.ts';
import { type RetryOptions, retry } from './quarantine/retry.ts';
import { list, show } from './quarantine/show.ts';

/** `imports quarantine list | show | retry | dismiss`: the events that could not be projected. */
export function addQuarantineCommands(program: Command, context: Context): void {
  const quarantine = program
    .command('quarantine')
    .description('the events that could not be projected; later events of their streams wait, other streams do not')
    .summary('the events that could not be projected')
    .addHelpText('after', '\nExample:\n  npx imports quarantine list');

  quarantine
    .command('list')
    .description('all events in the quarantine, oldest first: position, stream, revision, type, event id, reason')
    .summary('all events in it, oldest first, and why')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nExample:\n  npx imports quarantine list --json')
    .action(({ json = false }: { json?: boolean }) => list(json, context));

  quarantine
    .command('show')
    .description('print an event as the log has it, with the reason; for a stream, all its events in the quarantine')
    .summary('print an event as the log has it, or all of a stream')
    .argument('<event-id or stream>', 'the id of an event, or a stream; `quarantine list` has both')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nExample:\n  npx imports quarantine show import-3d172b54-f40f-4df9-9342-0b042fac5382')
    .action((which: string, { json = false }: { json?: boolean }) => show(which, json, context));

  quarantine
    .command('retry')
    .description('try to project the events again, each stream from the revision of its view')
    .summary('try to project the events again')
    .argument('[stream...]', 'which streams')
    .option('--all', 'every stream')
    .option('--dry-run', 'print what would be tried, and change nothing')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', RETRY_HELP)
    .action((streams: string[], options: RetryOptions & { all?: boolean }, self: Command) => {
      if ((options.all === true) === streams.length > 0) self.error('error: give one stream or more, or --all');
      return retry(options.all ? null : new Set(streams), options, context);
    });

  quarantine
    .command('dismiss')
    .description(
      'take all events of a stream out of the quarantine that are in it now: nobody waits for them any more; asks first',
    )
    .summary('wait for the events of a stream no more')
    .argument('<stream...>', 'which streams; `quarantine list` has them')
    .requiredOption('--reason <text>', 'why, for the audit')
    .option(...OPERATOR)
    .option(...YES)
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', DISMISS_HELP)
    .action((streams: string[], options: DismissOptions, self: Command) =>
      dismiss(new Set(streams), options, context, self),
    );
}

const DISMISS_HELP = `
For events that no release will ever read. They leave the quarantine, and nothing tells of them any more; in the log they stay. The
view of their stream stays as it was before them. Later events of the stream cannot be projected either: each new one goes to the
quarantine and is told of, until it is dismissed, too. A release that can read the events projects them all the same. It is an
event of the log, so a replay comes to the same quarantine. \`verify\` is about the log, and still names what cannot be read.

Example:
  npx imports quarantine dismiss import-3d172b54-f40f-4df9-9342-0b042fac5382 --reason 'a script wrote it, ticket 4711'`;

const RETRY_HELP = `
The service itself tries the oldest events again whenever it starts. An event that still cannot be projected is printed,
with the new reason.

It ends with 0 if all of them could be projected, with 3 if some could not, with 4 if a stream has none in the quarantine.

Examples:
  npx imports quarantine retry --all --dry-run
  npx imports quarantine retry import-3d172b54-f40f-4df9-9342-0b042fac5382
  npx imports quarantine retry --all --reason 'the view takes it now'`;
