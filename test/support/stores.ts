import { join } from 'node:path';
import { openEmbeddedLog } from '../../src/events/embedded/open.ts';
import type { EventLog } from '../../src/events/event-log.ts';
import { openEmbeddedReadModel } from '../../src/projections/embedded/embedded-read-model.ts';
import { EmbeddedVersions, fileOfVersion } from '../../src/projections/embedded/versions.ts';
import { ReadModelUnavailable } from '../../src/projections/errors.ts';
import { openMongoReadModel } from '../../src/projections/mongodb/open.ts';
import { openMongoVersions } from '../../src/projections/mongodb/versions.ts';
import type { ReadModel } from '../../src/projections/read-model.ts';
import type { Versions } from '../../src/projections/versions.ts';
import { VIEWS_VERSION } from '../../src/projections/views.ts';
import { freshDatabase } from './mongodb.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** The file of the views of this release in a data directory. */
export const VIEWS_FILE = `views-${VIEWS_VERSION}.db`;

/** The stores of one test: an embedded log and its views. */
export interface TestStores {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  readonly versions: Versions;
  /** The read model of another version; the test closes it. */
  openVersion(name: number): Promise<ReadModel>;
  /** The error of a call to a read model that cannot be reached. */
  unavailable(): Promise<never>;
  close(): Promise<void>;
}

/** Where the views are kept. */
interface ViewsOfATest {
  readonly versions: Versions;
  openVersion(version: number): Promise<ReadModel>;
  cleanUp(): Promise<void>;
}

export function openTestStores(): Promise<TestStores> {
  return openWith(async (directory) => ({
    versions: new EmbeddedVersions(directory),
    openVersion: (version) => openEmbeddedReadModel({ file: fileOfVersion(directory, version) }),
    cleanUp: async () => {},
  }));
}

/** The same with the views in MongoDB, for use in `describeWithMongodb`. */
export function openTestStoresWithMongodb(): Promise<TestStores> {
  return openWith(async () => {
    const { url, drop } = await freshDatabase();
    const versions = await openMongoVersions({ url });
    return {
      versions,
      openVersion: (version) => openMongoReadModel({ url, version }),
      async cleanUp() {
        await versions.close();
        await drop();
      },
    };
  });
}

async function openWith(openViews: (directory: string) => Promise<ViewsOfATest>): Promise<TestStores> {
  const directory = temporaryDirectory();
  const log = await openEmbeddedLog({ file: join(directory.path, 'events.db') });
  const { versions, openVersion, cleanUp } = await openViews(directory.path);
  const readModel = await openVersion(VIEWS_VERSION);
  return {
    log,
    readModel,
    versions,
    openVersion,
    unavailable: () => Promise.reject(new ReadModelUnavailable('the test says so')),
    async close() {
      await readModel.close();
      await cleanUp();
      await log.close();
      directory.remove();
    },
  };
}
