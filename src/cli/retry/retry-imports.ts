import type { Command } from 'commander';
import { CommandRefused } from '../../commands/command-refused.ts';
import { importDecider } from '../../commands/import.ts';
import type { ImportReason } from '../../events/import-events.ts';
import { failedImports } from '../../operations/failed-imports.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import type { ImportView } from '../../projections/views.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import type { OperatorsStores } from '../operators-stores.ts';
import { Interrupted, NotFound } from '../outcomes.ts';
import { paceOf } from '../pace.ts';
import { rowPrinter } from '../rows.ts';

export interface RetryOptions {
  readonly failedWith?: ImportReason;
  readonly organization?: string;
  readonly since?: number;
  /** Imports a second. */
  readonly rate?: number;
  readonly dryRun?: true;
  readonly reason?: string;
  readonly yes?: true;
  readonly json?: true;
}

/** Imports to retry, which may be gone through twice: once to say what they are, and once to do it. */
type Imports = () => AsyncIterable<ImportView>;

/**
 * Has these imports tried again.
 * @throws {NotFound} there is no such import; nothing was changed
 * @throws {Interrupted}
 */
export async function retryNamed(
  ids: ReadonlySet<string>,
  options: RetryOptions,
  context: Context,
  command: Command,
): Promise<void> {
  const { stores, writing } = await open(options, context);
  const views: ImportView[] = [];
  for (const id of ids) {
    const stored = await stores.readModel.get('import', id);
    if (stored === null) throw new NotFound(`There is no import ${id}.`);
    const { status } = stored.view;
    if (status === 'failed' || status === 'cancelled') views.push(stored.view);
    else context.say(`Import ${id} is left as it is: ${STATES[status]}.`);
  }
  const imports = async function* () {
    yield* views;
  };
  await retry(imports, writing, options, context, command);
}

/** Has all imports tried again that have failed and are chosen. @throws {Interrupted} */
export async function retryFailed(options: RetryOptions, context: Context, command: Command): Promise<void> {
  const { stores, writing } = await open(options, context);
  const selection = { reason: options.failedWith, organizationId: options.organization, sinceMs: options.since };
  if (options.organization !== undefined) await assertKnown(options.organization, stores);
  const imports = () => failedImports(stores.readModel, selection, (count) => context.progress(count, null, 'imports'));
  await retry(imports, writing, options, context, command);
}

/** @throws {NotFound} */
async function assertKnown(organizationId: string, { readModel }: StoresForReading): Promise<void> {
  const { items } = await readModel.list('import', { organizationId, limit: 1 });
  if (items.length === 0) throw new NotFound(`No import is of organization ${organizationId}.`);
}

const STATES = {
  waiting: 'it waits to be tried',
  running: 'it is being tried',
  succeeded: 'it has succeeded',
} as const;

/** @returns the stores, and the same for writing; null: nothing is to be changed */
async function open(
  { dryRun }: RetryOptions,
  context: Context,
): Promise<{ readonly stores: StoresForReading; readonly writing: OperatorsStores | null }> {
  const writing = dryRun ? null : await context.writing();
  return { stores: writing ?? (await context.reading()), writing };
}

/** @param writing null: only what would be done is said */
async function retry(
  imports: Imports,
  writing: OperatorsStores | null,
  options: RetryOptions,
  context: Context,
  command: Command,
): Promise<void> {
  const { signal, say } = context;
  const reasons = new Map<string, number>();
  const print = printerOf(options, context);
  for await (const view of imports()) {
    if (signal.aborted) throw new Interrupted('Interrupted. Nothing was changed.');
    if (writing === null) await print(view);
    const why = view.reason ?? view.status;
    reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  const count = [...reasons.values()].reduce((sum, of) => sum + of, 0);
  if (count === 0) return say('There is nothing to retry.');
  const byReason = [...reasons].map(([reason, of]) => `${reason} ${of}`).join(', ');
  if (writing === null) return say(`Would have ${counted(count, 'import')} tried again: ${byReason}.`);
  say(`${counted(count, 'import')}: ${byReason}.`);
  await confirm(context, command, `Have ${count === 1 ? 'it' : 'them'} tried again?`, options.yes);
  await recordAll(imports, count, writing, options, context);
}

/** @param count how many there were when they were counted */
async function recordAll(
  imports: Imports,
  count: number,
  writing: OperatorsStores,
  options: RetryOptions,
  context: Context,
): Promise<void> {
  const { signal, say } = context;
  const print = printerOf(options, context);
  const pace = paceOf(options.rate, signal);
  let done = 0;
  let changed = 0;
  for await (const view of imports()) {
    await pace();
    if (signal.aborted) {
      throw new Interrupted(
        `Interrupted. ${done} of ${count} are tried again; the same command goes on with the others.`,
      );
    }
    if (await isAskedAgain(view, options.reason ?? null, writing)) {
      await print(view);
      done += 1;
    } else changed += 1;
  }
  const others = changed === 0 ? '' : ` ${counted(changed, 'import')} had changed meanwhile, and were left.`;
  say(`${counted(done, 'import')} will be tried again.${others}`);
}

/** Whether it was recorded; it was not if the import has succeeded, or waits by now. */
async function isAskedAgain(
  { id, organization_id }: ImportView,
  reason: string | null,
  stores: OperatorsStores,
): Promise<boolean> {
  const command = { type: 'RetryImport', reason, adoptedBy: null } as const;
  try {
    return await stores.execute('import', id, organization_id, importDecider, command);
  } catch (error) {
    if (error instanceof CommandRefused) return false;
    throw error;
  }
}

function printerOf({ json }: RetryOptions, context: Context): (view: ImportView) => Promise<void> {
  const print = rowPrinter(context, json === true, ['organization_id', 'ended_at', 'status']);
  return ({ id, organization_id, status, reason, detail, ended_at }) =>
    print([{ id, organization_id, status, reason, detail, ended_at }]);
}
