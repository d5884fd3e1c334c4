import { type Command, InvalidArgumentError } from 'commander';
import { YES } from './confirm.ts';
import type { Context } from './context.ts';
import { type ListOptions, list } from './keys/list.ts';
import { type RotateOptions, rotate } from './keys/rotate.ts';
import { OPERATOR } from './operator.ts';

const FINGERPRINT = /^[0-9a-f]{16}$/;

/** `imports keys`: the keys in JWT_SECRET, those that the log knows, and what hangs on each. */
export function addKeysCommands(program: Command, context: Context): void {
  const keys = program
    .command('keys')
    .description('the keys in JWT_SECRET and those that the log knows, by their fingerprints')
    .summary('the keys in JWT_SECRET, and what hangs on each')
    .addHelpText('after', '\nExample:\n  npx imports keys list');

  keys
    .command('list')
    .description(
      'each key, newest first: fingerprint, what it does (signs, accepted, missing, retired, unknown), when it was introduced and retired, ' +
        'and how many secrets, webhooks, sealed secrets of connections and sealed credentials hang on it',
    )
    .summary('the keys, and how much hangs on each')
    .option('--on <fingerprint>', 'what hangs on this key: kind, id, organization, until when', fingerprintArgument)
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', LIST_HELP)
    .action((options: ListOptions) => list(options, context));

  keys
    .command('rotate')
    .description(
      'move what hangs on older keys to the first one in JWT_SECRET, and retire those on which nothing hangs',
    )
    .summary('move what hangs on older keys, and retire them')
    .requiredOption('--reason <text>', 'why, for the audit')
    .option(...OPERATOR)
    .option('--webhooks', 'give each webhook of an older key a new secret, and print it for its subscriber')
    .option('--retire <fingerprint>', 'retire this key, whatever hangs on it', fingerprintArgument)
    .option('--json', 'print one JSON object a line')
    .option(...YES)
    .addHelpText('after', ROTATE_HELP)
    .action((options: RotateOptions, self: Command) => rotate(options, self, context));
}

function fingerprintArgument(text: string): string {
  if (FINGERPRINT.test(text)) return text;
  throw new InvalidArgumentError('It must be the fingerprint of a key: 16 digits and letters from a to f.');
}

const LIST_HELP = `
The first key in JWT_SECRET signs. The others are accepted. What releases before 0.3 made hangs on the first key of the log.

Examples:
  npx imports keys list
  npx imports keys list --on 7882ca608d85319f --json`;

const ROTATE_HELP = `
First start the service with the new key before the old one: JWT_SECRET=new,old. Then this seals again what is sealed: secrets of
connections, credentials of imports. With --webhooks, webhooks get new secrets; the old ones sign, too, for 24 hours. Nobody but its
owner can replace an issued secret: those are named, to be issued anew (secrets add) and revoked. A key on which nothing hangs any
more is retired; with it end sessions that it signed (they last for 4 hours) and cursors that readers have kept since.

If an old key is known to others, --retire ends it at once, with all that hangs on it.

docs/operating.md has the whole procedure.

Example:
  npx imports keys rotate --reason 'yearly'`;
