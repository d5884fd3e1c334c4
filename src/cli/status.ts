import type { Command } from 'commander';
import { installationFacts } from '../service/installation-facts.ts';
import { openVersions } from '../stores/open-read-model.ts';
import type { Context } from './context.ts';
import { factsText, statusJson, statusText } from './health/health-text.ts';
import { addHealthOptions, examineHealth, type HealthOptions } from './health/options.ts';
import { EndsWith, exitCodeOf } from './outcomes.ts';

/** `imports status`: what `imports check` says to a monitoring system, for people. */
export function addStatusCommand(program: Command, context: Context): void {
  addHealthOptions(program.command('status'))
    .description(
      'the state of the service: its version, stores and views, lag, quarantine, heartbeat, webhooks, disk space',
    )
    .summary('version, stores, lag, webhooks, disk space')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async ({ json = false, ...options }: HealthOptions & { json?: boolean }) => {
      const { measures, parts } = await examineHealth(options, context);
      const { projection } = measures;
      const logId = 'error' in projection ? null : projection.logId;
      const versions = context.closeAtEnd(await openVersions(context.config, () => {}));
      const facts = await installationFacts(context.config, logId, versions);
      await context.write(json ? statusJson(parts, facts) : `${factsText(facts)}\n${statusText(parts)}`);
      // Its message is in the table.
      if ('error' in measures.projection) throw new EndsWith(exitCodeOf(measures.projection.error));
    });
}

const HELP = `
It ends with 7 if a store is away, otherwise with 0; \`imports check\` has an exit code for each state.

Examples:
  npx imports status
  npx imports status --no-service --json`;
