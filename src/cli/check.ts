import type { Command } from 'commander';
import { reasonOf } from '../errors/reason-of.ts';
import { worstOf } from '../operations/health/judge.ts';
import { levels } from '../operations/health/part.ts';
import { within } from '../time/within.ts';
import { secondsArgument } from './arguments.ts';
import type { Context } from './context.ts';
import { pluginLine, unknownLine } from './health/health-text.ts';
import { addHealthOptions, examineHealth, type HealthOptions } from './health/options.ts';
import { EndsWith } from './outcomes.ts';
import type { Surroundings } from './surroundings.ts';

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
critical, and so is a service that does not answer. What has not answered after --timeout seconds counts as away, the files of
stores on a frozen file system a second later: give it a few seconds less than the monitoring system waits.

The service says there how its webhooks stand, too. A held one sends nothing until an operator says from where on, so it alerts.
Failing ones are in the line, and do not alert: their receivers are their subscribers'.

It ends as such plugins do: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (wrong usage or configuration).

Examples:
  npx imports check --url http://10.0.0.7:3001
  npx imports check --no-service --lag-critical 300 -t 3`;

/** What looks has not answered in time. */
class NoAnswer extends Error {}

/** In the environment of a check that another one watches: until when it may wait, in milliseconds since 1970. */
const UNTIL = 'IMPORTS_CHECK_UNTIL';

/** So much later than the watched check should answer, the watching one does. */
const GRACE_MS = 1_000;

async function check(options: Options, context: Context): Promise<void> {
  const { again, env } = context.surroundings;
  const { [UNTIL]: until } = env;
  const withinMs = options.timeout * 1_000;
  try {
    const { eventStoreUrl, mongodbUrl } = context.config;
    const hasFiles = eventStoreUrl === null || mongodbUrl === null;
    if (hasFiles && again !== undefined && until === undefined) return await watched(again, withinMs, context);
    const leftMs = until === undefined ? withinMs : Math.max(0, Number(until) - Date.now());
    const { parts } = await examineHealth(options, context, leftMs);
    await context.write(pluginLine(parts));
    throw new EndsWith(levels[worstOf(parts)]);
  } catch (error) {
    if (error instanceof EndsWith) throw error;
    await context.write(unknownLine(reasonOf(error)));
    throw new EndsWith(levels.UNKNOWN);
  }
}

/** A process that looks at a file does nothing else while its file system does not answer. So one looks, and another one watches it. */
async function watched(again: NonNullable<Surroundings['again']>, withinMs: number, context: Context): Promise<void> {
  const looking = await again({ [UNTIL]: String(Date.now() + withinMs) });
  const answer = await within(withinMs + GRACE_MS, looking.ended, () => new NoAnswer()).catch((error) => {
    if (error instanceof NoAnswer) return null;
    throw error;
  });
  if (answer !== null) {
    if (answer.stdout === '') throw new Error('what looks at the stores has ended without an answer');
    await context.write(answer.stdout);
    throw new EndsWith(answer.code ?? levels.UNKNOWN);
  }
  looking.kill();
  context.leave();
  const text = `the stores in ${context.config.dataDir} did not answer within ${withinMs / 1_000} s: is the file system frozen?`;
  await context.write(
    pluginLine([{ name: 'stores', level: 'CRITICAL', text, value: null, unit: '', threshold: null }]),
  );
  throw new EndsWith(levels.CRITICAL);
}
