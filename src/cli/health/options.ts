import { type Command, InvalidArgumentError } from 'commander';
import { IMPORT_LIFETIME_MS } from '../../events/import-events.ts';
import { judge } from '../../operations/health/judge.ts';
import { type Measures, measure } from '../../operations/health/measures.ts';
import type { Part } from '../../operations/health/part.ts';
import { operationsUrlOf } from '../../operations/health/service-answer.ts';
import type { Config } from '../../settings/config.ts';
import { openStoresForReading } from '../../stores/open-stores.ts';
import { unusedStoresText } from '../../stores/unused-stores.ts';
import type { Awaiting } from '../../time/awaiting.ts';
import type { Context } from '../context.ts';

const DAY_SECONDS = 86_400;

/** The options that `check` and `status` have in common. */
export interface HealthOptions {
  readonly url?: string;
  /** False: `--no-service`. */
  readonly service: boolean;
  readonly lagWarning: number;
  readonly lagCritical: number;
  readonly heartbeatWarning: number;
  readonly heartbeatCritical: number;
  readonly quarantineWarning: number;
  readonly quarantineCritical: number;
  readonly refusedWarning: number;
  readonly refusedCritical: number;
  readonly heldWarning: number;
  readonly heldCritical: number;
  readonly backupWarning: number;
  readonly backupCritical: number;
  readonly diskWarning: number;
  readonly diskCritical: number;
}

/** Adds the options of `check` and `status`; `HealthOptions` is what they give. */
export function addHealthOptions(command: Command): Command {
  return command
    .option('--url <url>', 'the URL of the service (default: http://OPERATIONS_HOST:OPERATIONS_PORT)', urlArgument)
    .option('--no-service', 'no service runs here: do not measure the heartbeat')
    .option('--lag-warning <s>', 'a warning if the views lag by more than <s> seconds', numberArgument, 10)
    .option('--lag-critical <s>', 'critical if they do', numberArgument, 60)
    .option(
      '--heartbeat-warning <s>',
      'a warning if the projector gave no sign of life for more than <s> seconds',
      numberArgument,
      5,
    )
    .option('--heartbeat-critical <s>', 'critical if it did not', numberArgument, 10)
    .option('--quarantine-warning <n>', 'a warning if more than <n> events are in the quarantine', numberArgument, 0)
    .option('--quarantine-critical <n>', 'critical if they are', numberArgument, 100)
    .option(
      '--refused-warning <n>',
      'a warning if imports wait for more than <n> connections that are refused',
      numberArgument,
      0,
    )
    .option('--refused-critical <n>', 'critical if they do', numberArgument, 1_000)
    .option('--held-warning <n>', 'a warning if more than <n> webhooks are held', numberArgument, 0)
    .option('--held-critical <n>', 'critical if they are', numberArgument, 1_000)
    .option(
      '--backup-warning <s>',
      'a warning if the last backup is older than <s> seconds',
      numberArgument,
      2 * DAY_SECONDS,
    )
    .option('--backup-critical <s>', 'critical if it is', numberArgument, 7 * DAY_SECONDS)
    .option(
      '--disk-warning <percent>',
      'a warning if less than <percent> % of the disk of DATA_DIR is free',
      numberArgument,
      10,
    )
    .option('--disk-critical <percent>', 'critical if it is', numberArgument, 5);
}

/**
 * Measures and judges.
 * @param withinMs how long anything may take to answer; null: as long as it takes. What does not is left behind as it is
 * @throws {BadConfig}
 */
export async function examineHealth(
  options: HealthOptions,
  context: Context,
  withinMs: number | null = null,
): Promise<{ measures: Measures; parts: Part[] }> {
  const { config } = context;
  // Prints nothing while it opens them: if that fails, or takes too long, the reason says the same.
  const open = async (awaiting: Awaiting) =>
    context.closeAtEnd(await openStoresForReading(config, awaiting.note, 0, undefined, awaiting));
  const measures = await measure(
    config,
    open,
    options.service ? (options.url ?? operationsUrlOf(config)) : null,
    withinMs,
  );
  const { projection, service, disk } = measures;
  // Something may still be asked, if only the other store.
  if (withinMs !== null && [projection, service, disk].some((part) => part !== null && 'error' in part))
    context.leave();
  const parts = judge(measures, {
    lag: { warning: options.lagWarning, critical: options.lagCritical },
    heartbeat: { warning: options.heartbeatWarning, critical: options.heartbeatCritical },
    quarantine: { warning: options.quarantineWarning, critical: options.quarantineCritical },
    // After that time, what waits has failed, unless nobody works at all.
    late: { warning: config.importWaitWarningSeconds, critical: IMPORT_LIFETIME_MS / 1_000 },
    refused: { warning: options.refusedWarning, critical: options.refusedCritical },
    held: { warning: options.heldWarning, critical: options.heldCritical },
    backup: { warning: options.backupWarning, critical: options.backupCritical },
    disk: { warning: options.diskWarning, critical: options.diskCritical },
  });
  return { measures, parts: [...parts, ...ofUnusedStores(config)] };
}

/** No fault, since they may be left of a move; but what is looked for in them is not there. */
function ofUnusedStores(config: Config): Part[] {
  const text = unusedStoresText(config);
  return text === null ? [] : [{ name: 'stores', level: 'OK', text, value: null, unit: '', threshold: null }];
}

function numberArgument(text: string): number {
  if (!/^\d{1,9}(\.\d{1,3})?$/.test(text))
    throw new InvalidArgumentError('It must be a number from 0, such as 10 or 2.5.');
  return Number(text);
}

function urlArgument(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('It must be a URL, such as http://127.0.0.1:3001.');
  }
  return text;
}
