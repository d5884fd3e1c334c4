import type { Command } from 'commander';
import { textArgument } from './arguments.ts';
import { OPERATOR, REASON } from './operator.ts';

/** Subcommands that record nothing, since they only read. All others say who did it, and why. */
export const RECORD_NOTHING: ReadonlySet<string> = new Set([
  ...[
    'users list',
    'secrets list',
    'connections list',
    'connections test',
    'keys list',
    'quarantine list',
    'quarantine show',
  ],
  ...['webhooks list', 'webhooks show', 'webhooks deliveries', 'versions list'],
  ...['audit', 'show', 'events', 'follow', 'status', 'check', 'completion'],
]);

/** Adds `--operator` and `--reason` to every subcommand that records something. */
export function addWhoAndWhy(program: Command, path = ''): void {
  for (const command of program.commands) {
    const name = `${path}${command.name()}`;
    if (command.commands.length > 0) addWhoAndWhy(command, `${name} `);
    else if (!RECORD_NOTHING.has(name)) {
      for (const option of [OPERATOR, REASON]) {
        const [flags, description] = option;
        const [flag] = flags.split(' ');
        // Some require a reason of their own, which is in the data of their events as well.
        if (!command.options.some(({ long }) => long === flag)) command.option(flags, description, textArgument);
      }
    }
  }
}
