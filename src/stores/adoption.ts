import { accessDecider } from '../commands/access.ts';
import { executor } from '../commands/execute.ts';
import type { CommandContext } from '../commands/new-events.ts';
import { OtherStore, type Ownership } from '../errors/other-store.ts';
import type { EventLog } from '../events/event-log.ts';
import type { EventData } from '../events/event-types.ts';
import { newId } from '../events/new-id.ts';
import { accessStream } from '../events/streams.ts';
import { InlineProjector } from '../projections/inline-projector.ts';
import type { ReadModel } from '../projections/read-model.ts';

/** Who says that stores of another log are meant for this one (`--adopt`). */
export type Adopter = Pick<CommandContext, 'operator' | 'host' | 'reason'>;

/** What to do with a store of another log, or of another time of this one: refuse it, or make it this log's because somebody says so. */
export type OfOthers = 'refuse' | Adopter;

/** Records that a store is made this log's. It comes first: what is not recorded is not done. @throws {LogUnavailable} */
export async function recordAdoption(
  log: EventLog,
  readModel: ReadModel,
  adopter: Adopter,
  data: EventData['StoreAdopted'],
): Promise<void> {
  const execute = executor(log, new InlineProjector(readModel));
  await execute(accessDecider, accessStream(log.id), { type: 'AdoptStore', data }, { ...adopter, request_id: newId() });
}

/** The stores beside the log and the views, and what comes of those of another log if that is meant. */
const STORES = {
  deliveries: {
    what: 'The deliveries to webhooks belong',
    adopted: 'they are thrown away, and each webhook goes on from its watermark in the log',
  },
  sealed: { what: 'The sealed credentials belong', adopted: 'they are kept, and belong to this log from then on' },
} as const;

/** Refuses the store if it is another log's. */
export function refusing(store: keyof typeof STORES, { id }: Pick<EventLog, 'id'>): Ownership {
  const { what, adopted } = STORES[store];
  const take = (from: string) => Promise.reject(new OtherStore(what, from, id, adopted));
  return { log: id, take };
}

/** Refuses the store if it is another log's, unless somebody says that it is meant. */
export function adopting(
  store: keyof typeof STORES,
  { log, readModel }: { readonly log: EventLog; readonly readModel: ReadModel },
  ofOthers: OfOthers,
): Ownership {
  if (ofOthers === 'refuse') return refusing(store, log);
  return { log: log.id, take: (from) => recordAdoption(log, readModel, ofOthers, { store, from }) };
}
