import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { streamName } from '../events/streams.ts';
import { ReadModelUnavailable } from '../projections/errors.ts';
import type { ReadModelReader } from '../projections/read-model.ts';

/**
 * The events of an import, but none of another organization's. An import of others takes the same steps as one that is not there, and
 * nothing is read of what it holds: so the time that an answer takes does not tell whether there is one.
 * @throws {LogUnavailable}
 */
export async function ownImportEvents(
  { log, readModel }: { readonly log: EventLog; readonly readModel: ReadModelReader },
  organizationId: string,
  id: string,
): Promise<RecordedEvent[]> {
  const owner = await readModel.ownerOf('import', id).catch((error) => {
    // The log can tell alone, if not as evenly.
    if (error instanceof ReadModelUnavailable) return null;
    throw error;
  });
  const isOthers = owner !== null && owner.organizationId !== organizationId;
  // Of others, what comes after all that there is.
  const events = await log.readStream(streamName('import', id), isOthers ? owner.revision + 1 : 0);
  return isOthers ? [] : events;
}
