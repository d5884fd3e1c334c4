import type { EventLog } from '../../src/events/event-log.ts';
import { Follower } from '../../src/projections/follower.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';

/** Brings a read model level with its log, as a service does that starts. */
export function untilLevel(log: EventLog, readModel: ReadModel): Promise<void> {
  const quiet = { info: () => {}, warn: () => {} };
  return new Follower(log, readModel, new InlineProjector(readModel), quiet).untilLevel();
}
