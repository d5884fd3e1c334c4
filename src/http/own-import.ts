import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { streamName } from '../events/streams.ts';
import { ReadModelUnavailable } from '../projections/errors.ts';
import type { ReadModelReader } from '../projections/read-model.ts';

/**
 * The events of an import; none if it belongs to another organization. Such an import takes the same steps as one that does not
 * exist, and none of its events is read. So the time that the answer takes does not reveal whether it exists.
 * @throws {LogUnavailable}
 */
export async function ownImportEvents(
  { log, readModel }: { readonly log: EventLog; readonly readModel: ReadModelReader },
  organizationId: string,
  id: string,
): Promise<RecordedEvent[]> {
  const owner = await readModel.ownerOf('import', id).catch((error) => {
    // The log alone has the answer, though its time then depends on the owner.
    if (error instanceof ReadModelUnavailable) return null;
    throw error;
  });
  const isOthers = owner !== null && owner.organizationId !== organizationId;
  // For another organization's import, reads after its last event.
  const events = await log.readStream(streamName('import', id), isOthers ? owner.revision + 1 : 0);
  return isOthers ? [] : events;
}
