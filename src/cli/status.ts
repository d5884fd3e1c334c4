import type { Command } from 'commander';
import type { Context } from './context.ts';
import { statusJson, statusText } from './health/health-text.ts';
import { addHealthOptions, examineHealth, type HealthOptions } from './health/options.ts';
import { EndsWith, exitCodeOf } from './outcomes.ts';

/** `imports status`: what `imports check` tells a monitoring system, for people. */
export function addStatusCommand(program: Command, context: Context): void {
  addHealthOptions(program.command('status'))
    .description('how it is doing: lag, quarantine, heartbeat of the service, disk space')
    .summary('lag, quarantine, heartbeat of the service, disk space')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async ({ json = false, ...options }: HealthOptions & { json?: boolean }) => {
      const { measures, parts } = await examineHealth(options, context);
      await context.write(json ? statusJson(parts) : statusText(parts));
      // Its message is in the table.
      if ('error' in measures.projection) throw new EndsWith(exitCodeOf(measures.projection.error));
    });
}

const HELP = `
It ends with 0 however it is doing, and with 7 where a store is away; \`imports check\` has an exit code for each state.

Examples:
  npx imports status
  npx imports status --no-service --json`;
