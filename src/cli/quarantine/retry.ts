import { firstQuarantined } from '../../operations/verify/examine.ts';
import { quarantinePages, retryQuarantined } from '../../projections/quarantine.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { DifferencesFound, NotFound } from '../outcomes.ts';
import { printable } from '../printable.ts';
import { quarantinePrinter } from './quarantine-text.ts';

export interface RetryOptions {
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

/**
 * Tries the events in the quarantine again, records the result, and prints those that still wait.
 * @param streams the streams of the events; null: all
 * @throws {NotFound} one of the streams has no event in the quarantine; nothing was tried
 * @throws {DifferencesFound} some still wait
 */
export async function retry(
  streams: ReadonlySet<string> | null,
  { dryRun = false, reason, json = false }: RetryOptions,
  context: Context,
): Promise<void> {
  const { signal, say } = context;
  const writing = dryRun ? null : await context.writing();
  const stores = writing ?? (await context.reading());
  if (streams !== null) await assertQuarantined(streams, stores);
  const print = quarantinePrinter(context, json);
  let released = 0;
  let waiting = 0;
  try {
    for await (const page of quarantinePages(stores.readModel)) {
      if (signal.aborted) break;
      const events = streams === null ? page : page.filter(({ stream }) => streams.has(stream));
      const still =
        writing === null ? events : (await retryQuarantined(writing.log, writing.readModel, events)).waiting;
      released += events.length - still.length;
      waiting += still.length;
      await print(still);
    }
  } finally {
    // What was done is recorded, even if the rest failed.
    if (released + waiting > 0) {
      await writing?.record({ type: 'RetryQuarantine', released, waiting, reason: reason ?? null });
    }
  }
  if (released + waiting === 0) return say('The quarantine is empty.');
  if (dryRun) return say(`Would try ${counted(waiting, 'event')} again.`);
  const result = `${counted(released, 'event')} released, ${waiting} still in the quarantine.`;
  if (waiting > 0 && !signal.aborted) throw new DifferencesFound(result);
  say(result);
}

async function assertQuarantined(streams: ReadonlySet<string>, stores: StoresForReading): Promise<void> {
  const known = await firstQuarantined(stores, streams);
  const unknown = [...streams].filter((stream) => !known.has(stream));
  if (unknown.length > 0)
    throw new NotFound(`The quarantine has no event of ${unknown.map((name) => printable(name)).join(', ')}.`);
}
