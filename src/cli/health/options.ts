import { type Command, InvalidArgumentError } from 'commander';
import { judge, type Part } from '../../operations/health/judge.ts';
import { type Measures, measure, operationsUrlOf } from '../../operations/health/measures.ts';
import { openStoresForReading } from '../../stores.ts';
import type { Context } from '../context.ts';

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
  readonly diskWarning: number;
  readonly diskCritical: number;
}

export function addHealthOptions(command: Command): Command {
  return command
    .option(
      '--url <url>',
      'of the service; without it http://OPERATIONS_HOST:OPERATIONS_PORT of the configuration',
      urlArgument,
    )
    .option('--no-service', 'leave the heartbeat out: no service runs here')
    .option('--lag-warning <s>', 'the views are behind by more than so many seconds', numberArgument, 10)
    .option('--lag-critical <s>', 'the same', numberArgument, 60)
    .option('--heartbeat-warning <s>', "the service's projector gave no sign of life for longer", numberArgument, 5)
    .option('--heartbeat-critical <s>', 'the same', numberArgument, 10)
    .option('--quarantine-warning <n>', 'more events than that are in quarantine', numberArgument, 0)
    .option('--quarantine-critical <n>', 'the same', numberArgument, 100)
    .option('--disk-warning <percent>', 'less than that is free where DATA_DIR is', numberArgument, 10)
    .option('--disk-critical <percent>', 'the same', numberArgument, 5);
}

/** Measures and judges. @throws {BadConfig} */
export async function examineHealth(
  options: HealthOptions,
  context: Context,
): Promise<{ measures: Measures; parts: Part[] }> {
  const { config } = context;
  // What is said while they are opened is in the reason too, where they cannot be.
  const open = async () => context.closeAtEnd(await openStoresForReading(config, () => {}));
  const measures = await measure(config, open, options.service ? (options.url ?? operationsUrlOf(config)) : null);
  const parts = judge(measures, {
    lag: { warning: options.lagWarning, critical: options.lagCritical },
    heartbeat: { warning: options.heartbeatWarning, critical: options.heartbeatCritical },
    quarantine: { warning: options.quarantineWarning, critical: options.quarantineCritical },
    disk: { warning: options.diskWarning, critical: options.diskCritical },
  });
  return { measures, parts };
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
