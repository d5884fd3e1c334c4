import { statfs } from 'node:fs/promises';
import { BadConfig } from '../../errors/bad-config.ts';
import { codeOf } from '../../errors/code-of.ts';
import { type LogPlace, serviceMark } from '../../events/service-mark.ts';
import { markIn } from '../../importer/mark.ts';
import type { ImportConfig } from '../../importer/settings.ts';
import { countQuarantined } from '../../projections/quarantine.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { Awaiting } from '../../time/awaiting.ts';
import { within } from '../../time/within.ts';
import { lastScrub, lastVerify } from '../last-look.ts';
import { backupAgeOf } from './backup-age.ts';
import { healthOf } from './health.ts';
import { type ImportsStanding, standingOf } from './imports-standing.ts';
import { lagInSeconds } from './lag.ts';
import { type LookAnswer, type ServiceAnswer, serviceAt } from './service-answer.ts';

/** What could not be measured, and why not. */
export interface Failure {
  readonly error: unknown;
}

/** How the views follow the log, read from the stores: no service need run. */
export interface Projection {
  /** Seconds since the first event that is not in the views; 0 if there is none, null if the event does not say its time. */
  readonly lagSeconds: number | null;
  /** The position up to which the log is in the views. */
  readonly position: bigint;
  readonly head: bigint;
  readonly quarantined: number;
  readonly logId: string;
}

/** What this machine knows of backups and of looks at everything. */
export interface Kept {
  /** Null: no backup is known. */
  readonly backupAgeSeconds: number | null;
  /** As notes in the data directory have them. */
  readonly looks: readonly LookAnswer[];
}

export interface Disk {
  readonly directory: string;
  readonly freeBytes: number;
  /** The free part of the usable space, as in `df`. */
  readonly freePercent: number;
}

export interface Measures {
  readonly projection: Projection | Failure;
  /** Null: the stores could not be read, as `projection` says. */
  readonly imports: ImportsStanding | null;
  /** Null: the stores could not be read. */
  readonly kept: Kept | null;
  /** Null: not asked for. */
  readonly service: ServiceAnswer | Failure | null;
  /** Null: nothing is kept on this machine. */
  readonly disk: Disk | Failure | null;
}

/** The settings that say where and what to measure. */
interface Measured extends LogPlace, Pick<ImportConfig, 'importWaitWarningSeconds'> {
  readonly mongodbUrl: string | null;
}

/**
 * Measures everything at once. What cannot be measured is a `Failure`.
 * @param open opens the stores
 * @param url the service's; null: leave it out
 * @param withinMs what has not answered by then counts as a failure, though it is still asked
 * @throws {BadConfig}
 */
export async function measure(
  config: Measured,
  open: (awaiting: Awaiting) => Promise<StoresForReading>,
  url: string | null,
  withinMs: number | null = null,
): Promise<Measures> {
  const awaiting = new Awaiting();
  const isEmbedded = config.eventStoreUrl === null || config.mongodbUrl === null;
  const [stores, service, disk] = await Promise.all([
    orFailure(
      inTime(
        open(awaiting).then((opened) => readFrom(opened, config)),
        withinMs,
        () => awaiting.names ?? 'the stores',
        () => awaiting.reason,
      ),
    ),
    url === null ? null : orFailure(inTime(serviceAt(url), withinMs, () => `the service at ${url}`)),
    isEmbedded
      ? orFailure(inTime(diskOf(config.dataDir), withinMs, () => `the disk of DATA_DIR ${config.dataDir}`))
      : null,
  ]);
  const { projection, imports, kept } = 'error' in stores ? { projection: stores, imports: null, kept: null } : stores;
  return { projection, imports, kept, service: ofThisLog(service, projection), disk };
}

function inTime<T>(
  measuring: Promise<T>,
  withinMs: number | null,
  what: () => string,
  why: () => string | null = () => null,
): Promise<T> {
  if (withinMs === null) return measuring;
  return within(withinMs, measuring, () => {
    const reason = why();
    const noAnswer = `${what()} did not answer within ${Math.ceil(withinMs / 1_000)} s`;
    return new Error(reason === null ? noAnswer : `${noAnswer}: ${reason}`);
  });
}

async function readFrom(stores: StoresForReading, config: Measured) {
  const projection = await projectionOf(stores);
  const mark = await markIn(stores.log, serviceMark(config, stores.log));
  const lateness = { seconds: config.importWaitWarningSeconds, performedSince: mark?.madeAt ?? null };
  return { projection, imports: await standingOf(stores, lateness), kept: await keptOf(stores, config) };
}

async function keptOf({ log }: StoresForReading, { dataDir }: Measured): Promise<Kept> {
  const [backupAgeSeconds, ...looks] = await Promise.all([
    backupAgeOf(log, dataDir)(),
    lastScrub.read(dataDir, log.id),
    lastVerify.read(dataDir, log.id),
  ]);
  return { backupAgeSeconds, looks: looks.filter((look) => look !== null) };
}

/** The service's answer, or why it is another installation's. */
function ofThisLog(service: Measures['service'], projection: Measures['projection']): Measures['service'] {
  if (service === null || 'error' in service || 'error' in projection) return service;
  if (service.logId === null || service.logId === projection.logId) return service;
  const [theirs, ours] = [`log ${service.logId}`, `log ${projection.logId}`];
  const whatToDo = 'give the --url of this installation, or correct OPERATIONS_HOST and OPERATIONS_PORT';
  return {
    error: new Error(`the service at ${service.url} is another installation's (${theirs}, not ${ours}): ${whatToDo}`),
  };
}

async function orFailure<T>(measuring: Promise<T>): Promise<T | Failure> {
  return measuring.catch((error: unknown) => {
    if (error instanceof BadConfig) throw error;
    return { error };
  });
}

async function projectionOf({ log, readModel }: StoresForReading): Promise<Projection> {
  const { head, position, failure } = await healthOf({ log, readModel })();
  if (head === null || position === null) throw failure;
  return {
    lagSeconds: await lagInSeconds(log, position, head),
    position,
    head,
    quarantined: await countQuarantined(readModel),
    logId: log.id,
  };
}

async function diskOf(directory: string): Promise<Disk> {
  const { bsize, blocks, bfree, bavail } = await statfs(directory).catch((error: unknown) => {
    throw new Error(`the free space of DATA_DIR ${directory} cannot be measured (${codeOf(error)})`, { cause: error });
  });
  return { directory, freeBytes: bavail * bsize, freePercent: (100 * bavail) / (blocks - bfree + bavail) };
}
