import type { AnyBulkWriteOperation, Filter } from 'mongodb';
import type { Found, Shaped } from '../../mongodb/document.ts';
import { DUPLICATE_KEY, resultDespite } from '../../mongodb/failures.ts';
import type { GatedCollection } from '../../mongodb/gated-collection.ts';
import { ReadModelUnavailable } from '../errors.ts';
import { fromStorable, toStorable } from '../exact-text.ts';
import type { Batch, QuarantinedEvent } from '../projector-store.ts';
import { OLDEST_FIRST } from './collections.ts';

/** The events in the quarantine, each in a document, by stream and revision. */
export class QuarantineDocuments {
  readonly #collection: GatedCollection;

  constructor(collection: GatedCollection) {
    this.#collection = collection;
  }

  /** Oldest position first, those after `after`; all if there is no limit. @throws {ReadModelUnavailable} */
  async list(limit = 0, after?: QuarantinedEvent): Promise<QuarantinedEvent[]> {
    const filter = after === undefined ? {} : beyond(after);
    const found = await this.#collection.ask(
      (there) => there.find(filter).sort(OLDEST_FIRST).limit(limit).toArray(),
      'documents',
    );
    return found.map(fromDocument);
  }

  /** Puts into the quarantine, then releases. @throws {ReadModelUnavailable} */
  async write({ quarantined = [], released = [] }: Pick<Batch, 'quarantined' | 'released'>): Promise<void> {
    const operations: AnyBulkWriteOperation<Shaped>[] = [
      ...quarantined.map((event) => ({
        replaceOne: { filter: { _id: idOf(event) }, replacement: fieldsOf(event), upsert: true },
      })),
      ...released.map((event) => ({ deleteOne: { filter: { _id: idOf(event) } } })),
    ];
    if (operations.length === 0) return;
    await this.#collection.ask(async (there) => {
      await there.bulkWrite(operations, { ordered: false }).catch(unlessOthersDid);
    }, 'documents');
  }
}

/** Two nodes may insert the same event at once. The later insert fails, which does not matter: one reason is enough. */
function unlessOthersDid(error: unknown): void {
  const failures = resultDespite(error)?.getWriteErrors();
  if (failures === undefined || failures.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
}

function beyond(event: QuarantinedEvent): Filter<Shaped> {
  const { position } = event;
  return { $or: [{ position: { $gt: position } }, { position, _id: { $gt: idOf(event) } }] };
}

function idOf({ stream, revision }: Pick<QuarantinedEvent, 'stream' | 'revision'>): string {
  return toStorable(`${revision}@${stream}`);
}

function fieldsOf({ stream, revision, position, eventId, type, reason }: QuarantinedEvent): Omit<Shaped, '_id'> {
  return {
    stream: toStorable(stream),
    revision,
    position,
    event_id: toStorable(eventId),
    type: toStorable(type),
    reason: toStorable(reason),
  };
}

function fromDocument({ _id, stream, revision, position, event_id, type, reason }: Found): QuarantinedEvent {
  if (typeof revision !== 'number' || typeof position !== 'bigint') {
    throw new ReadModelUnavailable(`the event ${String(_id)} in its quarantine was not written by this program`);
  }
  return {
    stream: fromStorable(stream),
    revision,
    position,
    eventId: fromStorable(event_id),
    type: fromStorable(type),
    reason: fromStorable(reason),
  };
}
