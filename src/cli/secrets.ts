import type { Command } from 'commander';
import { secretDecider } from '../commands/secret.ts';
import { newId } from '../events/new-id.ts';
import { completeViews } from '../operations/complete-views.ts';
import { oneId, uuidArgument } from './arguments.ts';
import { confirm, YES } from './confirm.ts';
import type { Context } from './context.ts';
import { printRows } from './rows.ts';

/** `imports secrets add | revoke | list`: what organizations sign their own tokens with. */
export function addSecretsCommands(program: Command, context: Context): void {
  const secrets = program
    .command('secrets')
    .description('secrets that organizations sign their own tokens with')
    .addHelpText('after', '\nExample:\n  npx imports secrets list');

  secrets
    .command('add')
    .description('issue a secret; prints its id (the `iss` of its tokens) and the secret, which is shown this once')
    .summary('issue a secret; it is shown this once')
    .requiredOption('--organization <uuid>', 'the organization that its tokens act for', uuidArgument)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  npx imports secrets add --organization 2cb9eb0f-038c-4fa9-a4e8-aba57b177a83 --json',
    )
    .action(async ({ organization, json = false }) => {
      const id = newId();
      // First: without a key, nothing is begun.
      context.assertCanSign();
      const stores = await context.writing({ mayBegin: true });
      const { newest: key } = await context.keysForMaking(stores);
      const secret = key.secret(id);
      const command = { type: 'IssueSecret', organization_id: organization, key: key.fingerprint } as const;
      await stores.execute('secret', id, organization, secretDecider, command);
      context.say('The secret is issued. Keep it now: it is stored nowhere and not shown again.');
      await printRows(context, [{ id, secret }], json);
    });

  secrets
    .command('revoke')
    .description('end the access of tokens signed with a secret, within a second')
    .argument('[uuid]', "the secret's id", uuidArgument)
    .option('--id <uuid>', "the secret's id", uuidArgument)
    .option(...YES)
    .addHelpText('after', '\nExample:\n  npx imports secrets revoke 0199c0de-0000-7000-8000-000000000000 --yes')
    .action(async (argument: string | undefined, options: { id?: string; yes?: true }, self: Command) => {
      const secret = oneId(self, argument, options.id);
      await confirm(context, self, `End for ever the access of tokens signed with secret ${secret}?`, options.yes);
      const stores = await context.writing();
      const isNew = await stores.execute('secret', secret, null, secretDecider, { type: 'RevokeSecret' });
      context.say(isNew ? 'The secret is revoked.' : 'The secret was revoked before; nothing was changed.');
    });

  secrets
    .command('list')
    .description('all secrets, revoked ones too: id, organization, when issued, when revoked, the key that it hangs on')
    .summary('all secrets, revoked ones too')
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', '\nExample:\n  npx imports secrets list --json')
    .action(async ({ json = false }) => {
      const views = await completeViews(await context.reading(), 'secret');
      const rows = views.map(({ view }) => ({ ...view }));
      await printRows(context, rows, json, ['issued_at', 'key', 'organization_id']);
    });
}
