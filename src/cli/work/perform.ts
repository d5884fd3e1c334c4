import { once } from 'node:events';
import type { Command } from 'commander';
import { importDecider } from '../../commands/import.ts';
import type { EventLog } from '../../events/event-log.ts';
import { serviceMark } from '../../events/service-mark.ts';
import { type Mark, markIn } from '../../importer/mark.ts';
import { notPerformed } from '../../importer/not-performed.ts';
import type { ReadModelReader } from '../../projections/read-model.ts';
import { startWorker } from '../../service/worker.ts';
import { readConfig } from '../../settings/config.ts';
import { assertLogIsThere } from '../../stores/open-log.ts';
import { openVersions } from '../../stores/open-read-model.ts';
import { openStores } from '../../stores/open-stores.ts';
import { assertRoomForViews } from '../../stores/room-for-views.ts';
import { loggerTo } from '../../telemetry/logger.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { type OperatorsStores, storesOfOperator } from '../operators-stores.ts';
import { Interrupted } from '../outcomes.ts';

export interface WorkOptions {
  readonly concurrency?: number;
  /** In milliseconds since 1970. */
  readonly since?: number;
  readonly dryRun?: true;
  readonly reason?: string;
  readonly operator?: string;
  readonly yes?: true;
}

/** How long attempts that are under way may take when it is told to end, as in the service. */
const GRACE_MS = 4_000;

/** Says how many imports wait that are not performed by themselves. */
export async function sayOlder({ since = 0 }: WorkOptions, context: Context): Promise<void> {
  const { log, readModel } = await context.reading();
  const count = await countOlder(readModel, await markOf(context, log), since, context);
  context.say(`${counted(count, 'import')} would be performed that would wait otherwise.`);
}

/** Performs imports until Ctrl-C or SIGTERM. */
export async function perform(options: WorkOptions, context: Context, command: Command): Promise<void> {
  const { env, stderr, signal } = context.surroundings;
  // What the service itself performs does not matter.
  const config = readConfig({ ...env, IMPORTER: 'on' }, true, true);
  assertLogIsThere(config);
  const stores = context.closeAtEnd(await openStores(config, context.say));
  const versions = context.closeAtEnd(await openVersions(config, context.say));
  await assertRoomForViews(stores, versions);
  if (options.since !== undefined)
    await takeIn(options, storesOfOperator(stores, context.operator, context.say), context, command);
  const logger = loggerTo(stderr, config.logLevel);
  const importConcurrency = options.concurrency ?? config.importConcurrency;
  const worker = await startWorker({ ...config, importConcurrency }, stores, logger);
  logger.info({ concurrency: importConcurrency }, 'performing imports');
  if (!signal.aborted) await once(signal, 'abort');
  logger.info('stopping: what is not done soon is given back');
  await worker.stop(GRACE_MS);
  logger.info('stopped');
}

/** Asks, and then records for each import that it is performed from now on. */
async function takeIn(
  { since = 0, reason, yes }: WorkOptions,
  stores: OperatorsStores,
  context: Context,
  command: Command,
): Promise<void> {
  const { log, readModel } = stores;
  const { say } = context;
  const { signal } = context.surroundings;
  const count = await countOlder(readModel, await markOf(context, log), since, context);
  if (count === 0) return say('No import of that time or later waits that is not performed by itself.');
  await confirm(context, command, `Perform ${counted(count, 'import')} that would wait otherwise?`, yes);
  // What is recorded next must come after it.
  await stores.record({ type: 'MarkImporter', ...newMark(context, log, await log.head()) });
  const mark = await markOf(context, log);
  let taken = 0;
  for await (const { id, organization_id } of notPerformed(readModel, mark, since, signal)) {
    const command = { type: 'RetryImport', reason: reason ?? null, adoptedBy: mark.performed } as const;
    if (await stores.execute('import', id, organization_id, importDecider, command)) taken += 1;
    context.progress(taken, Math.min(1, taken / count), 'imports');
  }
  if (signal.aborted) throw new Interrupted(`Interrupted. ${taken} of ${count} will be performed.`);
  say(`${counted(taken, 'import')} will be performed.`);
}

async function countOlder(
  readModel: ReadModelReader,
  mark: Mark,
  since: number,
  { surroundings: { signal } }: Context,
): Promise<number> {
  let count = 0;
  for await (const _ of notPerformed(readModel, mark, since, signal)) count += 1;
  if (signal.aborted) throw new Interrupted('Interrupted. Nothing was changed.');
  return count;
}

function newMark({ config }: Context, log: EventLog, head: bigint) {
  return { log: log.id, service: serviceMark(config, log), position: String(head) };
}

/** If nothing was ever performed here, nothing that waits now is performed by itself. */
async function markOf({ config }: Context, log: EventLog): Promise<Mark> {
  const mark = await markIn(log, serviceMark(config, log));
  return mark ?? { performed: { log: log.id, after: await log.head() }, madeAt: new Date().toISOString() };
}
