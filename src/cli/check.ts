import type { Command } from 'commander';
import { reasonOf } from '../errors/reason-of.ts';
import { worstOf } from '../operations/health/judge.ts';
import { levels } from '../operations/health/part.ts';
import { secondsArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { pluginLine, unknownLine } from './health/health-text.ts';
import { addHealthOptions, examineHealth, type HealthOptions } from './health/options.ts';
import { EndsWith } from './outcomes.ts';

interface Options extends HealthOptions {
  /** In seconds. */
  readonly timeout: number;
}

/** `imports check`: a plugin for Nagios and programs like it. It always prints one line and ends with 0 to 3. */
export function addCheckCommand(program: Command, context: Context): void {
  addHealthOptions(program.command('check'))
    .option('-t, --timeout <seconds>', 'how long what is asked may take to answer', secondsArgument, 8)
    .description('one line and an exit code for a monitoring system: lag, heartbeat, quarantine, webhooks, disk space')
    .summary('the same for a monitoring system: one line and an exit code')
    .addHelpText('after', HELP)
    .configureOutput({
      outputError: (text) => context.surroundings.stdout.write(unknownLine(text.replace(/^error: /, ''))),
      writeErr: () => {},
    })
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new EndsWith(levels.UNKNOWN);
    })
    .action((options: Options) => check(options, context));
}

const HELP = `
The lag is measured in the stores: it is the age of the first event that is not in the views. If a log was just loaded, that
event may be old. The heartbeat comes from /readyz of the service's listener for operators (OPERATIONS_HOST,
OPERATIONS_PORT). If --url is the listener for callers, it says only whether the service is ready. A store that is away is
critical, and so is a service that does not answer. What has not answered after --timeout seconds counts as away: give it a
few seconds less than the monitoring system waits.

The service says there how its webhooks stand, too. A held one sends nothing until an operator says from where on, so it alerts.
Failing ones are in the line, and do not alert: their receivers are their subscribers'.

It ends as such plugins do: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (wrong usage or configuration).

Examples:
  npx imports check --url http://10.0.0.7:3001
  npx imports check --no-service --lag-critical 300 -t 3`;

async function check(options: Options, context: Context): Promise<void> {
  try {
    const { parts } = await examineHealth(options, context, options.timeout * 1_000);
    await context.write(pluginLine(parts));
    throw new EndsWith(levels[worstOf(parts)]);
  } catch (error) {
    if (error instanceof EndsWith) throw error;
    await context.write(unknownLine(reasonOf(error)));
    throw new EndsWith(levels.UNKNOWN);
  }
}
