import type { EventLog } from '../events/event-log.ts';
import type { ReadModel } from './read-model.ts';

/** How often a node records that it uses its version of the views: `imports versions` does not remove a version in use. */
const USE_EVERY_MS = 60_000;

/** Begins to record it; gives the function that ends that. */
export function noteUseOf(readModel: ReadModel, log: Pick<EventLog, 'id'>): () => void {
  const note = async () => {
    const checkpoint = await readModel.checkpoint();
    if (checkpoint?.log === log.id) await readModel.noteUse(checkpoint.generation);
  };
  note().catch(() => {});
  const noting = setInterval(() => void note().catch(() => {}), USE_EVERY_MS).unref();
  return () => clearInterval(noting);
}
