import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { accessTrouble } from './access-trouble.ts';
import type { OfOthers } from './adoption.ts';
import { Awaiting } from './awaiting.ts';
import type { Config } from './config.ts';
import { enterDataDirectory } from './data-directory.ts';
import type { Salvage } from './events/embedded/salvage.ts';
import { type LogDamaged, LogUnavailable, LogUnfinished, NoLog } from './events/errors.ts';
import type { EventLog } from './events/event-log.ts';
import { type LogInMaking, LogThere } from './events/log-in-making.ts';
import type { BlobStore } from './importer/blobs/blob-store.ts';
import type { BlobsPlace } from './importer/blobs/blobs-place.ts';
import type { Owner } from './importer/blobs/owner.ts';
import type { SealedStore } from './importer/sealed/sealed-store.ts';
import type { BackupPlace } from './operations/backup/backup-place.ts';
import type { Ownership } from './ownership.ts';
import { assertOurs, takePossession } from './possession.ts';
import type { ReadModel, ReadModelReader } from './projections/read-model.ts';
import type { Versions } from './projections/versions.ts';
import { VIEWS_VERSION } from './projections/views.ts';
import { reasonOf } from './reason-of.ts';
import { fileOfLog, serviceMark } from './service-mark.ts';
import type { DeliveryReader, DeliveryStore } from './subscribers/webhooks/delivery-store.ts';
import { withReadModel } from './with-read-model.ts';

export interface StoresForReading {
  readonly log: EventLog;
  readonly readModel: ReadModelReader;
  close(): Promise<void>;
}

export interface Stores extends StoresForReading {
  readonly readModel: ReadModel;
}

/** Is called at each call to a store. A call to an embedded store is a transaction, which may hold many appends or writes. */
export interface CallObserver {
  logCalled(call: string): void;
  readModelCalled(call: string): void;
  /** The log's follower passed over an event of another application, in a stream with one of our names. */
  foreignEventPassed(): void;
}

/** How long a command that works for minutes waits for a server that is away. A request gives up at once. */
export const PATIENCE_MS = 30_000;

type Warn = (message: string) => void;

/** Is told that a log is damaged, which is then opened as far as it can be read. Without it, such a log is refused. */
type OnDamage = (damage: LogDamaged) => void;

/** The name of the embedded store of deliveries. */
const DELIVERIES = 'deliveries.db';

/** That of the sealed credentials. */
const SEALED = 'sealed.db';

export interface LogOptions {
  readonly observer?: CallObserver;
  /** How long calls wait for a server that is away, or for a machine that is busy; not at all, or 3 s, unless set. */
  readonly patienceMs?: number;
}

export interface StoresOptions extends LogOptions {
  /** `refuse` unless set. */
  readonly ofOthers?: OfOthers;
  /** The version of the views; this release's unless set. */
  readonly version?: number;
}

/**
 * Opens the log and the read model of the configuration. Only this file chooses among adapters. An adapter is loaded only if it is chosen.
 * @param warn is called with what an operator should know: damage, outages, recovery
 * @throws {BadConfig | LogDamaged | LogUnavailable | OtherLog | ReadModelUnavailable}
 */
export async function openStores(config: Config, warn: Warn, options: StoresOptions = {}): Promise<Stores> {
  const { ofOthers = 'refuse', version = VIEWS_VERSION } = options;
  // The log first: if it is damaged, nothing else is touched.
  return withReadModel(
    await openLog(config, warn, options),
    openReadModel(config, warn, options, version),
    (log, readModel) => takePossession(log, readModel, config, warn, ofOthers),
  );
}

/**
 * Opens both for commands that only read: nothing is made or changed, if the engines can do without.
 * @param awaiting says which store is waited for
 * @throws {BadConfig | LogDamaged | LogUnavailable | OtherLog | ReadModelUnavailable}
 */
export async function openStoresForReading(
  config: Config,
  warn: Warn,
  patienceMs = 0,
  onDamage?: OnDamage,
  awaiting = new Awaiting(),
): Promise<StoresForReading> {
  const ofLog = config.eventStoreUrl === null ? 'the event log' : 'EventStoreDB';
  const ofViews = config.mongodbUrl === null ? 'the read model' : 'MongoDB';
  const log = await awaiting.for(ofLog, openLogForReading(config, warn, patienceMs, onDamage));
  const openReadModel = openReadModelForReading(config, warn);
  return withReadModel(
    log,
    () => awaiting.for(ofViews, openReadModel()),
    async (_log, readModel) => {
      await assertOurs(log, readModel, config);
    },
  );
}

/**
 * Opens only the log, for commands that need no view.
 * @throws {BadConfig | LogDamaged | LogUnavailable}
 */
export async function openLog(
  { eventStoreUrl, streamPrefix, dataDir }: Config,
  warn: Warn,
  { observer, patienceMs }: LogOptions = {},
): Promise<EventLog> {
  const onAppend = () => observer?.logCalled('append');
  const onForeign = () => observer?.foreignEventPassed();
  if (eventStoreUrl !== null) {
    const { openEventStoreLog } = await import('./events/eventstore/open.ts');
    return openEventStoreLog({ url: eventStoreUrl, streamPrefix, logger: { warn }, patienceMs, onAppend, onForeign });
  }
  enterDataDirectory(dataDir, true);
  const { openEmbeddedLog } = await import('./events/embedded/open.ts');
  return openEmbeddedLog({
    file: fileOfLog(dataDir),
    logger: { warn },
    onBatch: onAppend,
    appendTimeoutMs: patienceMs,
  });
}

/**
 * Opens only the log, for commands that only read: nothing is made or changed.
 * @throws {BadConfig | NoLog | LogDamaged | LogUnavailable}
 */
export async function openLogForReading(
  config: Config,
  warn: Warn,
  patienceMs = 0,
  onDamage?: OnDamage,
): Promise<EventLog> {
  const { eventStoreUrl, streamPrefix, dataDir } = config;
  if (eventStoreUrl !== null) {
    const { openEventStoreLog } = await import('./events/eventstore/open.ts');
    return openEventStoreLog({ url: eventStoreUrl, streamPrefix, logger: { warn }, patienceMs, isMade: false });
  }
  assertLogIsThere(config);
  enterDataDirectory(dataDir, false);
  const { openEmbeddedLogForReading } = await import('./events/embedded/open.ts');
  return openEmbeddedLogForReading({ file: fileOfLog(dataDir), onDamage });
}

/**
 * Begins a log with this id, where the configuration has none, or goes on with one that is not finished.
 * @throws {BadConfig | LogThere | LogUnavailable}
 */
export async function openLogInMaking(config: Config, id: string, warn: Warn): Promise<LogInMaking> {
  const { eventStoreUrl, streamPrefix, dataDir } = config;
  if (eventStoreUrl !== null) {
    const { makeEventStoreLog } = await import('./events/eventstore/eventstore-log-in-making.ts');
    const options = { url: eventStoreUrl, streamPrefix, logger: { warn }, patienceMs: PATIENCE_MS };
    return makeEventStoreLog({ ...options, making: id });
  }
  enterDataDirectory(dataDir, true);
  const { makeEmbeddedLog } = await import('./events/embedded/embedded-log-in-making.ts');
  return makeEmbeddedLog(fileOfLog(dataDir), id);
}

/**
 * Gathers the sound events of a damaged embedded log.
 * @param scratch a temporary file
 */
export async function openSalvage(file: string, scratch: string, onEvents: (count: number) => void): Promise<Salvage> {
  const { Salvage } = await import('./events/embedded/salvage.ts');
  return new Salvage(file, scratch, onEvents);
}

export type { Salvage };

/**
 * Checks that there is no log where one is to be made. Nothing is made.
 * @param id of a log that may have been begun
 * @throws {BadConfig | LogThere | LogUnavailable}
 */
export async function assertNoLog(config: Config, id: string, warn: Warn): Promise<void> {
  // Now, so that a backup which only root may read is noticed before anything is made.
  enterDataDirectory(config.dataDir, false);
  if (config.eventStoreUrl === null) {
    const { assertNoEmbeddedLog } = await import('./events/embedded/embedded-log-in-making.ts');
    return assertNoEmbeddedLog(fileOfLog(config.dataDir));
  }
  try {
    const log = await openLogForReading(config, warn);
    await log.close();
    throw new LogThere(
      `EventStoreDB has the log ${log.id}, and a log is never written over: set EVENTSTORE_URL to another server, or EVENTSTORE_STREAM_PREFIX to another prefix.`,
    );
  } catch (error) {
    if (error instanceof NoLog || (error instanceof LogUnfinished && error.log === id)) return;
    throw error;
  }
}

/**
 * Checks that there is an embedded log. To open it would make an empty one if it is missing.
 * @throws {NoLog | LogUnavailable}
 */
export function assertLogIsThere({ eventStoreUrl, dataDir }: Config): void {
  if (eventStoreUrl !== null) return;
  const file = fileOfLog(dataDir);
  try {
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) return;
  } catch (error) {
    throw new LogUnavailable(accessTrouble([file], true) ?? `${file} cannot be looked for: ${reasonOf(error)}`, error);
  }
  throw new NoLog(`there is no events.db in ${dataDir}`, 'DATA_DIR');
}

function openReadModel(
  { mongodbUrl, dataDir }: Config,
  warn: Warn,
  { observer, patienceMs }: LogOptions,
  version: number,
): () => Promise<ReadModel> {
  return async () => {
    const onCommand = (name: string) => observer?.readModelCalled(name);
    if (mongodbUrl !== null) {
      const { openMongoReadModel } = await import('./projections/mongodb/open.ts');
      return openMongoReadModel({ url: mongodbUrl, version, onNotice: warn, onCommand });
    }
    enterDataDirectory(dataDir, true);
    const { openEmbeddedReadModel } = await import('./projections/embedded/embedded-read-model.ts');
    return openEmbeddedReadModel({
      file: await fileOfViews(dataDir, version),
      onNotice: warn,
      onBatch: () => onCommand('write'),
      writeTimeoutMs: patienceMs,
    });
  };
}

function openReadModelForReading({ mongodbUrl, dataDir }: Config, warn: Warn): () => Promise<ReadModelReader> {
  return async () => {
    if (mongodbUrl !== null) {
      const { openMongoReadModelForReading } = await import('./projections/mongodb/open.ts');
      return openMongoReadModelForReading({ url: mongodbUrl, onNotice: warn });
    }
    enterDataDirectory(dataDir, false);
    const { EmbeddedViewsForReading } = await import('./projections/embedded/embedded-views-for-reading.ts');
    return new EmbeddedViewsForReading(await fileOfViews(dataDir, VIEWS_VERSION), warn);
  };
}

async function fileOfViews(dataDir: string, version: number): Promise<string> {
  const { fileOfVersion } = await import('./projections/embedded/versions.ts');
  return fileOfVersion(dataDir, version);
}

/**
 * The versions of the views in the configured store.
 * @throws {BadConfig | ReadModelUnavailable}
 */
export async function openVersions({ mongodbUrl, dataDir }: Config, warn: Warn): Promise<Versions> {
  if (mongodbUrl !== null) {
    const { openMongoVersions } = await import('./projections/mongodb/versions.ts');
    return openMongoVersions({ url: mongodbUrl, onNotice: warn });
  }
  enterDataDirectory(dataDir, false);
  const { EmbeddedVersions } = await import('./projections/embedded/versions.ts');
  return new EmbeddedVersions(dataDir);
}

/**
 * Opens the store of deliveries: where the views are, so that nodes that share the one share the other.
 * @throws {BadConfig | DeliveriesUnavailable | OtherStore}
 */
export async function openDeliveryStore(
  { mongodbUrl, dataDir }: Config,
  own: Ownership,
  warn: Warn,
): Promise<DeliveryStore> {
  if (mongodbUrl !== null) {
    const { openMongoDeliveryStore } = await import('./subscribers/webhooks/mongodb/open.ts');
    return openMongoDeliveryStore({ url: mongodbUrl, own, onNotice: warn });
  }
  enterDataDirectory(dataDir, true);
  const { openEmbeddedDeliveryStore } = await import('./subscribers/webhooks/embedded/embedded-delivery-store.ts');
  return openEmbeddedDeliveryStore({ file: join(dataDir, DELIVERIES), own, onNotice: warn });
}

/**
 * The same for commands that only read: nothing is made or changed. If there is no store yet, it is empty.
 * @throws {BadConfig | DeliveriesUnavailable | OtherStore}
 */
export async function openDeliveryStoreForReading(
  { mongodbUrl, dataDir }: Config,
  own: Ownership,
  warn: Warn,
): Promise<DeliveryReader> {
  if (mongodbUrl !== null) {
    const { openMongoDeliveriesForReading } = await import('./subscribers/webhooks/mongodb/open.ts');
    return openMongoDeliveriesForReading({ url: mongodbUrl, own, onNotice: warn });
  }
  enterDataDirectory(dataDir, false);
  const { openDeliveriesForReading } = await import('./subscribers/webhooks/embedded/deliveries-for-reading.ts');
  return openDeliveriesForReading(join(dataDir, DELIVERIES), own, warn);
}

/**
 * Throws away deliveries that a database has of another time of this log. Files are set aside instead: see `setAside`.
 * @param log its id
 * @returns whether there were some
 * @throws {BadConfig | DeliveriesUnavailable}
 */
export async function dropDeliveries({ mongodbUrl }: Config, log: string, warn: Warn): Promise<boolean> {
  if (mongodbUrl === null) return false;
  const { dropMongoDeliveries } = await import('./subscribers/webhooks/mongodb/open.ts');
  return dropMongoDeliveries(log, { url: mongodbUrl, onNotice: warn });
}

/**
 * Opens the store of the bytes of images: where the configuration says, or in the data directory.
 * @throws {BadConfig | OtherBlobs | StorageUnavailable}
 */
export async function openBlobStore(
  config: Config,
  log: Pick<EventLog, 'id'>,
  warn: Warn,
  owner = ownerOf(config, log),
): Promise<BlobStore> {
  const { blobs, dataDir } = config;
  const options = { owner, onNotice: warn };
  // Wherever the bytes are kept: on their way, they are in files there.
  enterDataDirectory(dataDir, true);
  if (blobs?.kind === 's3') {
    const { openS3BlobStore } = await import('./importer/blobs/s3/open.ts');
    return openS3BlobStore({ ...blobs, ...options });
  }
  const { openLocalBlobStore } = await import('./importer/blobs/local/open.ts');
  return openLocalBlobStore({ folder: folderOfBlobs(config), isMade: blobs === null, ...options });
}

/** The same for a log that is being made. @throws {BadConfig | OtherBlobs | StorageUnavailable} */
export async function openBlobStoreOfMaking(config: Config, log: LogInMaking, warn: Warn): Promise<BlobStore> {
  const { unfinishedLog } = await import('./events/embedded/embedded-log-in-making.ts');
  const service = serviceMark(config, log, unfinishedLog(fileOfLog(config.dataDir)));
  return openBlobStore(config, log, warn, { log: log.id, service });
}

/**
 * The same for commands that only read: nothing is made or changed. If there is no store yet, it is empty.
 * @throws {BadConfig | OtherBlobs | StorageUnavailable}
 */
export async function openBlobStoreForReading(config: Config, log: Pick<EventLog, 'id'>): Promise<BlobStore> {
  const owner = ownerOf(config, log);
  if (config.blobs?.kind === 's3') {
    const { openS3BlobStoreForReading } = await import('./importer/blobs/s3/open.ts');
    return openS3BlobStoreForReading({ ...config.blobs, owner });
  }
  enterDataDirectory(config.dataDir, false);
  const { openLocalBlobStoreForReading } = await import('./importer/blobs/local/open.ts');
  return openLocalBlobStoreForReading({ folder: folderOfBlobs(config), isMade: config.blobs === null, owner });
}

/**
 * Opens the place of a backup. A folder is made, if it is missing and `isMade`.
 * @throws {BackupUnavailable}
 */
export async function openBackupPlace(where: BlobsPlace, isMade: boolean): Promise<BackupPlace> {
  if (where.kind === 's3') {
    const { Bucket } = await import('./importer/blobs/s3/bucket.ts');
    const { S3Place } = await import('./operations/backup/s3-place.ts');
    return new S3Place(new Bucket(where.bucket, where.prefix));
  }
  const { FolderPlace } = await import('./operations/backup/folder-place.ts');
  const place = new FolderPlace(where.folder);
  if (isMade) await place.make();
  return place;
}

/**
 * Opens the bytes of images that are in a backup, below `images`.
 * @param log its id, as the manifest has it
 * @param isMade whether it is for writing
 * @throws {OtherBlobs | StorageUnavailable}
 */
export async function openBackupImages(where: BlobsPlace, log: string, isMade: boolean): Promise<BlobStore> {
  const owner = { log, service: 'backup' };
  if (where.kind === 's3') {
    const { openS3BlobStore, openS3BlobStoreForReading } = await import('./importer/blobs/s3/open.ts');
    const images = { bucket: where.bucket, prefix: `${where.prefix}/images`.replace(/^\//, ''), owner };
    return isMade ? openS3BlobStore({ ...images, onNotice: () => {} }) : openS3BlobStoreForReading(images);
  }
  const { openLocalBlobStore, openLocalBlobStoreForReading } = await import('./importer/blobs/local/open.ts');
  const images = { folder: join(where.folder, 'images'), isMade: true, owner };
  return isMade ? openLocalBlobStore({ ...images, onNotice: () => {} }) : openLocalBlobStoreForReading(images);
}

function ownerOf(config: Config, log: Pick<EventLog, 'id'>): Owner {
  return { log: log.id, service: serviceMark(config, log) };
}

function folderOfBlobs({ blobs, dataDir }: Config): string {
  return blobs?.kind === 'folder' ? blobs.folder : resolve(dataDir, 'blobs');
}

/**
 * Opens the store of sealed credentials. In the data directory, nothing is made before there is something to keep.
 * @throws {BadConfig | OtherStore | SealedUnavailable}
 */
export async function openSealedStore(
  { mongodbUrl, dataDir }: Config,
  own: Ownership,
  warn: Warn,
): Promise<SealedStore> {
  if (mongodbUrl !== null) {
    const { openMongoSealedStore } = await import('./importer/sealed/mongodb/mongo-sealed-store.ts');
    return openMongoSealedStore({ url: mongodbUrl, own, onNotice: warn });
  }
  enterDataDirectory(dataDir, true);
  const { openEmbeddedSealedStore } = await import('./importer/sealed/embedded/embedded-sealed-store.ts');
  return openEmbeddedSealedStore({ file: join(dataDir, SEALED), own, onNotice: warn });
}

/**
 * The same for commands that only read: nothing is made.
 * @throws {BadConfig | OtherStore | SealedUnavailable}
 */
export async function openSealedStoreForReading(
  { mongodbUrl, dataDir }: Config,
  own: Ownership,
  warn: Warn,
): Promise<SealedStore> {
  if (mongodbUrl !== null) {
    const { openMongoSealedStoreForReading } = await import('./importer/sealed/mongodb/mongo-sealed-store.ts');
    return openMongoSealedStoreForReading({ url: mongodbUrl, own, onNotice: warn });
  }
  enterDataDirectory(dataDir, false);
  const { openEmbeddedSealedStoreForReading } = await import('./importer/sealed/embedded/embedded-sealed-store.ts');
  return openEmbeddedSealedStoreForReading({ file: join(dataDir, SEALED), own, onNotice: warn });
}

/** The same for commands that only read; null: nothing was ever sealed. @throws {BadConfig | SealedUnavailable} */
export async function openSealedStoreIfThere(config: Config, own: Ownership, warn: Warn): Promise<SealedStore | null> {
  if (config.mongodbUrl === null && !existsSync(join(config.dataDir, SEALED))) return null;
  return openSealedStoreForReading(config, own, warn);
}

/** Whether all processes that work on the log have the same sealed credentials. If not, each performs the imports whose it has. */
export function isSealedStoreShared({ mongodbUrl, eventStoreUrl }: Config): boolean {
  return mongodbUrl !== null || eventStoreUrl === null;
}
