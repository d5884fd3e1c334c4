import type { EventLog } from '../events/event-log.ts';
import type { ReadModel, ReadModelReader } from './read-model.ts';

/** The log and the views of it. */
export interface StoresForReading {
  readonly log: EventLog;
  readonly readModel: ReadModelReader;
}

/** The same, to write. */
export interface Stores extends StoresForReading {
  readonly readModel: ReadModel;
}
