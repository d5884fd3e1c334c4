import type { EventLog } from '../events/event-log.ts';
import { decodeOrSetAside } from './decode-or-set-aside.ts';
import { project } from './project.ts';
import type { ReadModel } from './read-model.ts';

/** How many set-aside events, from the oldest, are looked at in one retry; more wait until some of these are released. */
const RETRIED = 1_000;

/**
 * Tries the events that were set aside once more, each stream from where its view stands: the code that now runs may know
 * what an older one did not. What can be projected is released; what cannot stays, with its present reason.
 */
export async function retrySetAside(log: EventLog, readModel: ReadModel): Promise<void> {
  const waiting = await readModel.setAside(RETRIED);
  for (const stream of new Set(waiting.map((event) => event.stream))) {
    const events = (await log.readStream(stream)).map(decodeOrSetAside);
    const { views, setAside } = await project(readModel, events);
    const reached = views.get(stream)?.revision ?? -1;
    const released = waiting.filter((event) => event.stream === stream && event.revision <= reached);
    await readModel.write({ writes: [], setAside, released });
  }
}
