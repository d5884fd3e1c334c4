import type { Command } from 'commander';
import type { QuarantinedEvent } from '../../projections/projector-store.ts';
import { quarantinePages } from '../../projections/quarantine.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { NotFound } from '../outcomes.ts';
import { printable } from '../printable.ts';
import { quarantinePrinter } from './quarantine-text.ts';

export interface DismissOptions {
  readonly yes?: true;
  readonly json?: boolean;
}

/** So many events are named in one record, which bounds its size. */
const EVENTS_A_RECORD = 1_000;

/**
 * Records that all events of these streams in the quarantine are not waited for any more, takes them out of it, and prints them.
 * @throws {NotFound} one of the streams has no event in the quarantine; nothing was changed
 */
export async function dismiss(
  streams: ReadonlySet<string>,
  { yes, json = false }: DismissOptions,
  context: Context,
  command: Command,
): Promise<void> {
  const stores = await context.writing();
  const found: QuarantinedEvent[] = [];
  for await (const page of quarantinePages(stores.readModel)) {
    found.push(...page.filter(({ stream }) => streams.has(stream)));
  }
  const unknown = [...streams].filter((name) => !found.some(({ stream }) => stream === name));
  if (unknown.length > 0) {
    throw new NotFound(`The quarantine has no event of ${unknown.map((name) => printable(name)).join(', ')}.`);
  }
  const print = quarantinePrinter(context, json);
  await print(found);
  await confirm(context, command, `Dismiss ${counted(found.length, 'event')}?`, yes);
  for (let start = 0; start < found.length; start += EVENTS_A_RECORD) {
    const some = found.slice(start, start + EVENTS_A_RECORD);
    const events = some.map(({ stream, revision, eventId, type }) => ({ stream, revision, id: eventId, type }));
    await stores.record({ type: 'DismissQuarantine', events });
    // At once, and by each projector that meets the record.
    await stores.readModel.write({ writes: [], released: events });
  }
  context.say(`${counted(found.length, 'event')} dismissed.`);
}
