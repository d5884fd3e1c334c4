import { decode } from '../../src/events/decode.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { Follower } from '../../src/projections/follower.ts';
import { InlineProjector } from '../../src/projections/inline-projector.ts';
import type { Stored } from '../../src/projections/queries.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';

/** Brings a read model level with its log, as a service does at its start. */
export function untilLevel(log: EventLog, readModel: ReadModel): Promise<void> {
  const quiet = { info: () => {}, warn: () => {} };
  return new Follower(log, readModel, new InlineProjector(readModel), quiet).untilLevel();
}

/** Projects a stream of the log at once, as a node does after it has appended to it. */
export async function projectInline(log: EventLog, inline: InlineProjector, stream: string): Promise<Stored | null> {
  const events = (await log.readStream(stream)).map(decode);
  return inline.project(inline.expect(events.map(({ id }) => id)), events);
}
