import type { ReadModel, ReadModelReader } from '../projections/read-model.ts';
import type { Versions } from '../projections/versions.ts';
import { VIEWS_VERSION } from '../projections/views.ts';
import type { Config } from '../settings/config.ts';
import { enterDataDirectory } from '../settings/data-directory.ts';
import type { LogOptions, Warn } from './options.ts';

/** How the read model is opened, once the log is. */
export function openReadModel(
  { mongodbUrl, dataDir }: Config,
  warn: Warn,
  { observer, patienceMs }: LogOptions,
  version: number,
): () => Promise<ReadModel> {
  return async () => {
    const onCommand = (name: string) => observer?.readModelCalled(name);
    if (mongodbUrl !== null) {
      const { openMongoReadModel } = await import('../projections/mongodb/open.ts');
      return openMongoReadModel({ url: mongodbUrl, version, patienceMs, onNotice: warn, onCommand });
    }
    enterDataDirectory(dataDir, true);
    const { openEmbeddedReadModel } = await import('../projections/embedded/embedded-read-model.ts');
    return openEmbeddedReadModel({
      file: await fileOfViews(dataDir, version),
      onNotice: warn,
      onBatch: () => onCommand('write'),
      writeTimeoutMs: patienceMs,
    });
  };
}

/** The same for commands that only read: nothing is made or changed. */
export function openReadModelForReading(
  { mongodbUrl, dataDir }: Config,
  warn: Warn,
  patienceMs: number,
): () => Promise<ReadModelReader> {
  return async () => {
    if (mongodbUrl !== null) {
      const { openMongoReadModelForReading } = await import('../projections/mongodb/open.ts');
      return openMongoReadModelForReading({ url: mongodbUrl, patienceMs, onNotice: warn });
    }
    enterDataDirectory(dataDir, false);
    const { EmbeddedViewsForReading } = await import('../projections/embedded/embedded-views-for-reading.ts');
    return new EmbeddedViewsForReading(await fileOfViews(dataDir, VIEWS_VERSION), warn);
  };
}

async function fileOfViews(dataDir: string, version: number): Promise<string> {
  const { fileOfVersion } = await import('../projections/embedded/versions.ts');
  return fileOfVersion(dataDir, version);
}

/**
 * The versions of the views in the configured store.
 * @param patienceMs how long each call waits for a server that is away
 * @throws {BadConfig | ReadModelUnavailable}
 */
export async function openVersions({ mongodbUrl, dataDir }: Config, warn: Warn, patienceMs = 0): Promise<Versions> {
  if (mongodbUrl !== null) {
    const { openMongoVersions } = await import('../projections/mongodb/versions.ts');
    return openMongoVersions({ url: mongodbUrl, patienceMs, onNotice: warn });
  }
  enterDataDirectory(dataDir, false);
  const { EmbeddedVersions } = await import('../projections/embedded/versions.ts');
  return new EmbeddedVersions(dataDir);
}
