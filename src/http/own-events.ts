import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { streamName } from '../events/streams.ts';
import { ReadModelUnavailable } from '../projections/errors.ts';
import type { ReadModelReader } from '../projections/read-model.ts';

/**
 * The events of an import or a webhook; none if it belongs to another organization. Such a one takes the same steps as one that does not
 * exist, and none of its events is read. So the time that the answer takes does not reveal whether it exists.
 * @param limit the most events to read; all of them unless set
 * @throws {LogUnavailable}
 */
export async function ownEvents(
  { log, readModel }: { readonly log: EventLog; readonly readModel: ReadModelReader },
  kind: 'import' | 'webhook',
  organizationId: string,
  id: string,
  limit?: number,
): Promise<RecordedEvent[]> {
  const owner = await readModel.ownerOf(kind, id).catch((error) => {
    // The log alone has the answer, though its time then depends on the owner.
    if (error instanceof ReadModelUnavailable) return null;
    throw error;
  });
  const isOthers = owner !== null && owner.organizationId !== organizationId;
  // For another organization's, reads after its last event.
  const events = await log.readStream(streamName(kind, id), isOthers ? owner.revision + 1 : 0, limit);
  return isOthers ? [] : events;
}
