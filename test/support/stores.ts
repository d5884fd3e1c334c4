import { join } from 'node:path';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import { EmbeddedVersions, fileOfVersion } from '../../src/projections/embedded/versions.ts';
import { type ReadModel, ReadModelUnavailable } from '../../src/projections/read-model.ts';
import type { Versions } from '../../src/projections/versions.ts';
import { VIEWS_VERSION } from '../../src/projections/views.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Embedded stores of a test's own. */
export interface TestStores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  readonly versions: Versions;
  /** The read model of another version; the test closes it. */
  openVersion(name: number): Promise<ReadModel>;
  /** What a call to the read model answers that cannot be reached. */
  unavailable(): Promise<never>;
  close(): Promise<void>;
}

export async function openTestStores(): Promise<TestStores> {
  const directory = temporaryDirectory();
  const openVersion = (name: number) => openEmbeddedReadModel({ file: fileOfVersion(directory.path, name) });
  const log = await openEmbeddedLog({ file: join(directory.path, 'events.db') });
  const readModel = await openVersion(VIEWS_VERSION);
  return {
    log,
    readModel,
    versions: new EmbeddedVersions(directory.path),
    openVersion,
    unavailable: () => Promise.reject(new ReadModelUnavailable('the test says so')),
    async close() {
      await readModel.close();
      await log.close();
      directory.remove();
    },
  };
}
