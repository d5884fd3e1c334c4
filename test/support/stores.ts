import { join } from 'node:path';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Embedded stores of a test's own. */
export interface TestStores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  close(): Promise<void>;
}

export async function openTestStores(): Promise<TestStores> {
  const directory = temporaryDirectory();
  const log = await openEmbeddedLog({ file: join(directory.path, 'events.db') });
  const readModel = await openEmbeddedReadModel({ file: join(directory.path, 'views.db') });
  return {
    log,
    readModel,
    async close() {
      await readModel.close();
      await log.close();
      directory.remove();
    },
  };
}
