import { accessDecider } from './commands/access.ts';
import { executor } from './commands/execute.ts';
import type { CommandContext } from './commands/new-events.ts';
import type { EventLog } from './events/event-log.ts';
import type { EventData } from './events/event-types.ts';
import { newId } from './events/new-id.ts';
import { accessStream } from './events/streams.ts';
import { InlineProjector } from './projections/inline-projector.ts';
import type { ReadModel } from './projections/read-model.ts';

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
