import { type Command, Option } from 'commander';
import { rateArgument, uuidArgument, uuidsArgument } from './arguments.ts';
import { YES } from './confirm.ts';
import type { Context } from './context.ts';
import { timeArgument } from './reading/points.ts';
import type { AskedPlace } from './webhooks/asked-place.ts';
import { disable, enable, type RecoverOptions, recover } from './webhooks/change.ts';
import { type DeliveriesOptions, deliveriesOf, type ListOptions, list, show } from './webhooks/look.ts';
import type { RedeliverOptions } from './webhooks/redeliver.ts';

/** As in the API. */
const STATUSES = ['waiting', 'delivered', 'given_up', 'ended'] as const;

const WEBHOOK = ['<webhook>', 'the id of the webhook', uuidArgument] as const;
const JSON_LINES = ['--json', 'print one JSON object a line'] as const;

/** `imports webhooks …`: the endpoints of subscribers, and what was sent to them. */
export function addWebhooksCommands(program: Command, context: Context): void {
  const webhooks = program
    .command('webhooks')
    .description('the endpoints of subscribers, and what was sent to them')
    .summary('endpoints of subscribers, and what was sent there')
    .addHelpText('after', '\nExample:\n  npx imports webhooks list');
  addLooking(webhooks, context);
  addSending(webhooks, context);

  webhooks
    .command('disable')
    .description('send nothing more to a webhook, and end what waits; its subscriber is told by an event')
    .summary('send nothing more to a webhook')
    .argument(...WEBHOOK)
    .option('--detail <text>', 'why, for the subscriber')
    .option(...YES)
    .addHelpText('after', example("disable 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b --detail 'moved to another host'"))
    .action((id: string, options: { detail?: string; yes?: true }, self: Command) =>
      disable(id, options, self, context),
    );

  place(webhooks.command('enable'), 'send what happened at this time or later')
    .description('send to a webhook again that is disabled or held')
    .argument(...WEBHOOK)
    .addHelpText('after', ENABLE_HELP)
    .action((id: string, options: AskedPlace, self: Command) => enable(id, options, self, context));
}

function addLooking(webhooks: Command, context: Context): void {
  webhooks
    .command('list')
    .description(
      'all webhooks, held ones too: id, organization, status, URL, types, album, reason, detail, since when it fails',
    )
    .summary('all webhooks: their status, and why')
    .option('--deleted', 'deleted ones too')
    .option(...JSON_LINES)
    .addHelpText('after', LIST_HELP)
    .action((options: ListOptions) => list(options, context));

  webhooks
    .command('show')
    .description('everything about a webhook: its settings, how far it has come, who serves it; never its secret')
    .summary('everything about a webhook')
    .argument(...WEBHOOK)
    .option('--json', 'print one JSON object')
    .addHelpText('after', example('show 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b --json'))
    .action((id: string, { json = false }: { json?: boolean }) => show(id, json, context));

  webhooks
    .command('deliveries')
    .description('what was sent to a webhook and what waits, newest first, with the attempts of each')
    .summary('what was sent to a webhook, and what waits')
    .argument(...WEBHOOK)
    .addOption(new Option('--status <status>', 'only with this status').choices(STATUSES))
    .option('--since <time>', 'only what was to be sent at this time or later', timeArgument)
    .option(...JSON_LINES)
    .addHelpText('after', example('deliveries 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b --status given_up'))
    .action((id: string, options: DeliveriesOptions) => deliveriesOf(id, options, context));
}

function addSending(webhooks: Command, context: Context): void {
  webhooks
    .command('redeliver')
    .description('send deliveries again, once each, from this process and now')
    .argument(...WEBHOOK)
    .argument('[delivery...]', 'the ids of deliveries', uuidsArgument)
    .option('--given-up', 'all that were given up, oldest first')
    .option('--since <time>', 'with --given-up: only what was to be sent at this time or later', timeArgument)
    .option('--rate <n>', 'at most <n> a second', rateArgument)
    .option('--dry-run', 'print what would be sent, and send nothing')
    .option(...JSON_LINES)
    .addHelpText('after', REDELIVER_HELP)
    .action(async (id: string, deliveries: string[] | undefined, options: RedeliverOptions, self: Command) => {
      const ids = deliveries ?? [];
      if ((options.givenUp === true) === ids.length > 0) self.error('error: give one delivery or more, or --given-up');
      if (options.since !== undefined && ids.length > 0) self.error('error: --since goes with --given-up');
      // What sends is loaded only if something is sent.
      const { redeliver } = await import('./webhooks/redeliver.ts');
      await redeliver(id, ids, options, context);
    });

  place(webhooks.command('recover'), 'what happened at this time or later')
    .description('make the service send to a webhook everything again that happened after a place')
    .summary('send everything again from a place on')
    .argument(...WEBHOOK)
    .option('--rate <n>', 'at most <n> a second', rateArgument)
    .option('--dry-run', 'print how many events that would be, and send nothing')
    .option('--json', 'print one JSON object')
    .addHelpText('after', RECOVER_HELP)
    .action((id: string, options: RecoverOptions, self: Command) => recover(id, options, self, context));
}

/** The options that say from where on to send. */
function place(command: Command, since: string): Command {
  return command
    .option('--after <cursor>', 'what happened after this cursor')
    .addOption(new Option('--since <time>', since).argParser(timeArgument).conflicts('after'));
}

function example(typed: string): string {
  return `\nExample:\n  npx imports webhooks ${typed}`;
}

const LIST_HELP = `
A webhook is held if its events were loaded, copied or restored from another installation, which may be sending the same. It
sends nothing until \`imports webhooks enable\` says from where on.

Example:
  npx imports webhooks list --json`;

const ENABLE_HELP = `
Without --after and --since, it gets the events from now on; what happened while it was disabled is not sent. A held webhook
needs one of them: another installation may have sent what comes before. The cursor may be the \`watermark\` of the last
delivery that the receiver has.

Examples:
  npx imports webhooks enable 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b
  npx imports webhooks enable 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b --since 2026-11-24T10:21:30Z`;

const REDELIVER_HELP = `
The \`webhook-id\` is the same as before, so a receiver that has acknowledged it drops it. It works while the service is off,
too. It ends with 1 if the receiver has not acknowledged all of them. A failure changes nothing: what waits goes on waiting.
Before it sends, it records in the log who sends again, how many, and why.

Examples:
  npx imports webhooks redeliver 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b 8f14e45f-ceea-5e7f-8091-a2b3c4d5e6f7
  npx imports webhooks redeliver 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b --given-up --since 2026-11-24 --rate 10`;

const RECOVER_HELP = `
The receiver gets events that it has seen, with the same \`webhook-id\`. The service sends them, once it runs; what waits is
sent, too. Without --rate, it sends as many as the receiver takes.

Examples:
  npx imports webhooks recover 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b --since 2026-11-24 --dry-run
  npx imports webhooks recover 0196b0a1-2c3d-7e4f-8a5b-6c7d8e9f0a1b --since 2026-11-24T10:21:30Z --rate 10`;
