import type { EventLog } from '../events/event-log.ts';
import { viewNamed } from './fold.ts';
import { fold } from './fold-stream.ts';
import type { Stored } from './queries.ts';
import type { ViewKind } from './views.ts';

/**
 * The view folded from its stream in the log as it is now: for use if the read model is late or away.
 * @throws {LogUnavailable} and if an event cannot be folded
 */
export async function viewFromLog<K extends ViewKind>(log: EventLog, kind: K, id: string): Promise<Stored<K> | null> {
  return fold(kind, id, await log.readStream(viewNamed(kind, id).stream));
}
