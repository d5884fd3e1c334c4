import { type Command, Option } from 'commander';
import { userDecider } from '../commands/user.ts';
import { newId } from '../events/new-id.ts';
import { completeViews } from '../operations/complete-views.ts';
import { oneId, uuidArgument } from './arguments.ts';
import { confirm, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { printRows } from './rows.ts';

const ROLES = ['member', 'operator', 'worker'] as const;

/** `imports users add | remove | list`: whose session tokens are accepted. */
export function addUsersCommands(program: Command, context: Context): void {
  const users = program
    .command('users')
    .description('who may use the API with session tokens')
    .addHelpText('after', '\nExample:\n  npx imports users list');

  users
    .command('add')
    .description('register a user in an organization; prints the id')
    .option('--user <uuid>', 'the id (default: a new one)', uuidArgument)
    .requiredOption('--organization <uuid>', 'the organization that the user acts for', uuidArgument)
    .addOption(new Option('--role <role>', 'what the user may do').choices(ROLES).default('member'))
    .option('--json', 'print one JSON object')
    .addHelpText('after', ADD_HELP)
    .action(async ({ user = newId(), organization, role, json = false }) => {
      const stores = await context.writing({ mayBegin: true });
      const command = { type: 'RegisterUser', organization_id: organization, role } as const;
      const isNew = await stores.execute('user', user, organization, userDecider, command);
      context.say(isNew ? 'The user is registered.' : 'The user was registered before; nothing was changed.');
      await printRows(context, [json ? { id: user, organization_id: organization, role } : { id: user }], json);
    });

  users
    .command('remove')
    .description("end the access of a user's tokens, within a second")
    .argument('[uuid]', "the user's id", uuidArgument)
    .option('--user <uuid>', "the user's id", uuidArgument)
    .option(...YES)
    .addHelpText('after', '\nExample:\n  npx imports users remove f1900bba-e339-4dc9-87df-9dc8665adead --yes')
    .action(async (argument: string | undefined, options: { user?: string; yes?: true }, self: Command) => {
      const user = oneId(self, argument, options.user);
      await confirm(context, self, `End the access of all tokens of user ${user}?`, options.yes);
      const stores = await context.writing();
      const isNew = await stores.execute('user', user, null, userDecider, { type: 'RemoveUser' });
      context.say(isNew ? 'The user is removed.' : 'The user was removed before; nothing was changed.');
    });

  users
    .command('list')
    .description('all users, removed ones too: id, organization, role, when registered, when removed')
    .summary('all users, removed ones too')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nExample:\n  npx imports users list --json')
    .action(async ({ json = false }) => {
      const views = await completeViews(await context.reading(), 'user');
      const rows = views.map(({ view }) => ({ ...view }));
      await printRows(context, rows, json, ['registered_at', 'organization_id']);
    });
}

const ADD_HELP = `
A member asks for imports, and reads those of the organization. An operator reads those of all organizations, too, and the
state of the service. A worker is a program outside of the service that performs imports of its organization.

Examples:
  npx imports users add --organization 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83
  npx imports users add --organization 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83 --role worker`;
