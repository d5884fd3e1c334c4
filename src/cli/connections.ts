import type { Command } from 'commander';
import { uuidArgument } from './arguments.ts';
import { YES } from './confirm.ts';
import { type AddOptions, add, pause, remove, resume } from './connections/change.ts';
import { type ListOptions, list } from './connections/list.ts';
import type { Context } from './context.ts';

const ORGANIZATION = ['--organization <uuid>', 'the organization', uuidArgument] as const;

/** `imports connections …`: how images are fetched from the Salesforce of each organization. */
export function addConnectionsCommands(program: Command, context: Context): void {
  const connections = program
    .command('connections')
    .description("how images are fetched from organizations' Salesforce")
    .addHelpText('after', '\nExample:\n  npx imports connections list');

  connections
    .command('add')
    .description("connect an organization's Salesforce, or change how it is connected")
    .requiredOption(...ORGANIZATION)
    .requiredOption('--url <url>', 'its My Domain: https://mydomain.my.salesforce.com')
    .option('--username <name>', "log in as this user, with the service's own key (JWT bearer)")
    .option('--audience <url>', 'with --username: what the login is meant for, if it is not the URL')
    .option(
      '--client-id <id>',
      'the consumer key of the app; without --username, its secret is read from standard input',
    )
    .addHelpText('after', ADD_HELP)
    .action((options: AddOptions, self: Command) => add(options, self, context));

  connections
    .command('list')
    .description(
      'all connections: organization, status, URL, login, user or client id, why it pauses, in words, and until when',
    )
    .summary('all connections: their status, and why they pause')
    .option('--removed', 'removed ones too')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nExample:\n  npx imports connections list --json')
    .action((options: ListOptions) => list(options, context));

  connections
    .command('test')
    .description(
      'log in, and say who the service is there, which permission is missing, and what is left of the API requests',
    )
    .summary('log in, and say which permission is missing')
    .requiredOption(...ORGANIZATION)
    .option('--json', 'print one JSON object')
    .addHelpText('after', TEST_HELP)
    .action(async (options: { organization: string; json?: true }) => {
      // What connects to other hosts is loaded only if it is used.
      const { test } = await import('./connections/test.ts');
      await test(options, context);
    });

  connections
    .command('pause')
    .description("ask an organization's Salesforce nothing more, until it is resumed; its imports wait")
    .summary('ask nothing more until it is resumed')
    .requiredOption(...ORGANIZATION)
    .requiredOption('--reason <text>', 'why; the status of its imports shows it')
    .addHelpText('after', `\nExample:\n  ${PAUSE} --reason 'maintenance until noon'`)
    .action((options: { organization: string; reason: string }) => pause(options, context));

  connections
    .command('resume')
    .description('go on, whether an operator paused it or the service itself')
    .requiredOption(...ORGANIZATION)
    .requiredOption('--reason <text>', 'why, for the record')
    .addHelpText('after', `\nExample:\n  ${PAUSE.replace('pause', 'resume')} --reason 'the app is approved'`)
    .action((options: { organization: string; reason: string }) => resume(options, context));

  connections
    .command('remove')
    .description('forget how an organization is connected; its imports wait, and fail after 72 hours')
    .summary('forget how an organization is connected')
    .requiredOption(...ORGANIZATION)
    .option(...YES)
    .addHelpText('after', `\nExample:\n  ${PAUSE.replace('pause', 'remove')} --yes`)
    .action((options: { organization: string; yes?: true }, self: Command) => remove(options, self, context));
}

const ID = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
const PAUSE = `npx imports connections pause --organization ${ID}`;

const ADD_HELP = `
With --username, the service logs in with SALESFORCE_PRIVATE_KEY_FILE, and nothing secret is kept; the app is --client-id, or
else SALESFORCE_CLIENT_ID. Without it, it logs in with the app's secret (client credentials), which is kept sealed: no event,
view or log line has it. Run it again to change something, or if the secret is another one.

Examples:
  npx imports connections add --organization ${ID} --url https://acme.my.salesforce.com --username imports@acme.example
  npx imports connections add --organization ${ID} --url https://acme.my.salesforce.com --client-id 3MVG9… < secret.txt`;

const TEST_HELP = `
It ends with 1 if the login fails, or if something that imports need is missing. It takes four of the organization's API
requests, even while the connection pauses, and it changes nothing.

Example:
  npx imports connections test --organization ${ID}`;
