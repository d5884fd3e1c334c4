import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { parseStreamName, streamName } from '../events/streams.ts';
import { pagesOfLog } from '../history/log-pages.ts';
import { timelineOf } from '../history/timeline.ts';
import { timelineFromLog } from '../history/timeline-from-log.ts';
import { allOf, idOf } from '../projections/all-of.ts';
import type { Stored } from '../projections/queries.ts';
import type { StoresForReading } from '../projections/stores.ts';
import type { ViewKind } from '../projections/views.ts';
import { reachedIn } from './health/lag.ts';
import { presentWebhook } from './present-webhook.ts';

type Kind = Exclude<ViewKind, 'import'>;

/**
 * Every user, secret or webhook, removed, revoked and deleted ones too, in the order of their ids: the present views, and what they lack
 * from the log. The read model is not changed for that.
 * @throws {LogUnavailable | ReadModelUnavailable}
 */
export async function completeViews<K extends Kind>(stores: StoresForReading, kind: K): Promise<Stored<K>[]> {
  const { log, readModel } = stores;
  for (;;) {
    // In this order, so that views that were written after this checkpoint are not replaced by older ones from the log.
    const checkpoint = await readModel.checkpoint();
    const found = await lacking(stores, kind, reachedIn(log, checkpoint));
    for await (const paged of allOf(readModel, kind)) {
      const id = idOf(paged);
      const stored = 'unreadable' in paged ? await foldedNow(log, kind, id) : paged;
      if (stored !== null && stored.revision >= (found.get(id)?.revision ?? 0)) found.set(id, stored);
    }
    // If the read model was thrown away or replaced meanwhile, it is read again.
    if ((await readModel.checkpoint())?.generation === checkpoint?.generation) return inOrder(found) as Stored<K>[];
  }
}

function inOrder(found: ReadonlyMap<string, Stored>): Stored[] {
  const byId = [...found].toSorted(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
  return byId.map(([, stored]) => stored);
}

/** The views of streams with events after a position, by id, folded from the log. */
async function lacking(stores: StoresForReading, kind: Kind, after: bigint): Promise<Map<string, Stored>> {
  const { log } = stores;
  const events: RecordedEvent[] = [];
  for await (const page of pagesOfLog(log, after, await log.head(), new AbortController().signal)) {
    for (const event of page) if (parseStreamName(event.stream)?.category === kind) events.push(event);
  }
  const views = new Map<string, Stored>();
  if (kind === 'webhook') {
    for (const id of new Set(events.map(({ stream }) => parseStreamName(stream)?.id ?? ''))) {
      const stored = await presentWebhook(stores, id);
      if (stored !== null) views.set(id, stored);
    }
    return views;
  }
  for (const { event, stored } of await timelineFromLog(log, events)) {
    const id = parseStreamName(event.stream)?.id;
    if (id !== undefined && stored !== null) views.set(id, stored);
  }
  return views;
}

/** A view that another version wrote, folded from the log by this one. */
async function foldedNow(log: EventLog, kind: Kind, id: string): Promise<Stored | null> {
  return timelineOf(await log.readStream(streamName(kind, id))).at(-1)?.stored ?? null;
}
