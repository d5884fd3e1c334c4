import type { EventLog } from '../../events/event-log.ts';
import type { ReadModel } from '../read-model.ts';

/** What is held against each other. */
export interface Stores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
}

/** The views cannot be compared with this log: they were built from another one, and a follower will build them anew. */
export class OtherLog extends Error {
  readonly code = 'other_log';

  constructor() {
    super('The views were built from another log: they are rebuilt from this one when the service starts.');
    this.name = 'OtherLog';
  }
}

/**
 * Up to where the views must be level with the log; 0n before the first event.
 * @throws {OtherLog | ReadModelUnavailable}
 */
export async function checkpointOf({ log, readModel }: Stores): Promise<bigint> {
  const checkpoint = await readModel.checkpoint();
  if (checkpoint === null) return 0n;
  if (checkpoint.log !== log.id) throw new OtherLog();
  return checkpoint.position;
}
