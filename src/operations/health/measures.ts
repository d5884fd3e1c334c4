import { statfs } from 'node:fs/promises';
import { z } from 'zod';
import { BadConfig } from '../../errors/bad-config.ts';
import { codeOf } from '../../errors/code-of.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import { type LogPlace, serviceMark } from '../../events/service-mark.ts';
import { markIn } from '../../importer/mark.ts';
import type { ImportConfig } from '../../importer/settings.ts';
import { countQuarantined } from '../../projections/quarantine.ts';
import type { StoresForReading } from '../../projections/stores.ts';
import { Awaiting } from '../../time/awaiting.ts';
import { within } from '../../time/within.ts';
import { type LastLook, lastScrub, lastVerify } from '../last-look.ts';
import { backupAgeOf } from './backup-age.ts';
import { healthOf } from './health.ts';
import { type ImportsStanding, standingOf } from './imports-standing.ts';
import { lagInSeconds } from './lag.ts';
import { reachableUrl } from './reachable-url.ts';

/** A service that has not answered within this time counts as one that does not. */
const ANSWER_WITHIN_MS = 5_000;

/** What could not be measured, and why not. */
export interface Failure {
  readonly error: unknown;
}

/** What was asked did not answer in time, and may still be under way. */
export class NoAnswer extends Error {
  readonly code = 'no_answer';
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

export interface ServiceAnswer {
  readonly url: string;
  /** Null: the listener for callers answered, which says only whether the service is ready. */
  readonly heartbeatAgeSeconds: number | null;
  /** Why it is not ready; null if it is. */
  readonly notReady: string | null;
  /** Whether a store is why: it is away, or appends or lists fail. */
  readonly isStoreFailing: boolean;
  /** The id of its log; null if it does not say. */
  readonly logId: string | null;
  /** Null: it sends no webhooks, or does not say. */
  readonly webhooks: WebhooksAnswer | null;
  /** The last scrub and the last `verify --all` that it knows of. */
  readonly looks: readonly LookAnswer[];
  /** Null: it does not say. */
  readonly importer: ImporterAnswer | null;
}

/** What the importer of the node that was asked does, and has done since its start. */
export interface ImporterAnswer {
  readonly isOn: boolean;
  /** Attempts under way. */
  readonly running: number;
  /** How many imports ended: `succeeded`, or by the reason of the failure. */
  readonly ended: { readonly [how: string]: number };
  /** Fetched. */
  readonly bytes: number;
  /** Why the bytes of images cannot be kept there, and since when; null: they can, or it does not say. */
  readonly storage: { readonly reason: string; readonly since: string } | null;
  /** How much of the API budget of each connection is used, as far as the node knows. */
  readonly budgetPercents: readonly number[];
}

/** What a look at everything has found. */
export type LookAnswer = Omit<LastLook, 'log' | 'events'>;

/** How the endpoints of webhooks stand at the service that was asked. */
export interface WebhooksAnswer {
  readonly held: number;
  readonly failing: number;
  readonly waiting: number;
  /** The age of the oldest delivery that waits; 0: there is none. */
  readonly oldestSeconds: number;
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

function inTime<T>(measuring: Promise<T>, withinMs: number | null, what: () => string): Promise<T> {
  if (withinMs === null) return measuring;
  return within(withinMs, measuring, () => new NoAnswer(`${what()} did not answer within ${withinMs / 1_000} s`));
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

/**
 * The URL of the listener for operators in this configuration.
 * @throws {BadConfig} it is off, or its port is not known
 */
export function operationsUrlOf({
  operations,
}: {
  readonly operations: { readonly host: string; readonly port: number } | null;
}): string {
  if (operations !== null && operations.port !== 0) return reachableUrl(operations.host, operations.port);
  const why =
    operations === null
      ? 'is off, and nothing else gives the heartbeat of the service: set a port'
      : 'is 0, any free port: set another';
  throw new BadConfig([`OPERATIONS_PORT ${why}, or give --url or --no-service (see --help)`]);
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

const status = z.enum(['ready', 'not ready']);

const look = z.looseObject({
  at: z.string(),
  images: z.number().nullable(),
  faults: z.number(),
  first: z.string().nullable(),
  differences: z.number().nullable().default(null),
  first_difference: z.string().nullable().default(null),
});

const webhooks = z
  .looseObject({
    held: z.number(),
    failing: z.number(),
    deliveries_waiting: z.number(),
    oldest_waiting_seconds: z.number(),
  })
  .transform(
    ({ held, failing, deliveries_waiting: waiting, oldest_waiting_seconds: oldestSeconds }): WebhooksAnswer => ({
      ...{ held, failing, waiting, oldestSeconds },
    }),
  );

const importer = z
  .looseObject({
    on: z.boolean(),
    running: z.number(),
    ended: z.record(z.string(), z.number()),
    bytes: z.number(),
    storage: z.looseObject({ reason: z.string(), since: z.string() }).nullable().default(null),
    api_budgets: z.array(z.looseObject({ used_percent: z.number() })),
  })
  .transform(
    ({ on, running, ended, bytes, storage, api_budgets: budgets }): ImporterAnswer => ({
      ...{ isOn: on, running, ended, bytes, storage, budgetPercents: budgets.map(({ used_percent }) => used_percent) },
    }),
  );

/** The answers of the listener for operators, and of the one for callers. Strict: an answer without a part is not from this service. */
const readiness = z.union([
  z.looseObject({
    status,
    log: z.string(),
    log_id: z.string(),
    read_model: z.string(),
    projector: z.string(),
    heartbeat_age_seconds: z.number(),
    // Not in releases that send none.
    webhooks: webhooks.nullable().default(null),
    scrub: look.nullable().default(null),
    verify: look.nullable().default(null),
    // Not in releases that have none.
    importer: importer.nullable().default(null),
  }),
  z.strictObject({ status }),
]);

async function serviceAt(url: string): Promise<ServiceAnswer> {
  const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(
    (error) => {
      throw new Error(`no service answers at ${url} (${reasonOf(error instanceof TypeError ? error.cause : error)})`);
    },
  );
  const parsed = readiness.safeParse(await answer.json().catch(() => null));
  if (!parsed.success) throw new Error(`what answers at ${url} is not this service`);
  const isReady = parsed.data.status === 'ready';
  if (!('log' in parsed.data)) {
    return {
      url,
      heartbeatAgeSeconds: null,
      notReady: isReady ? null : 'its operations listener says why',
      isStoreFailing: false,
      logId: null,
      webhooks: null,
      looks: [],
      importer: null,
    };
  }
  const {
    log,
    log_id: logId,
    read_model,
    projector,
    heartbeat_age_seconds,
    webhooks,
    scrub,
    verify,
    importer,
  } = parsed.data;
  const parts = { log, 'read model': read_model, projector };
  const away = Object.entries(parts).filter(([, state]) => state !== 'ok');
  const notReady = isReady ? null : away.map(([part, state]) => `${part}: ${state}`).join(', ');
  const isStoreFailing = log !== 'ok' || read_model !== 'ok';
  const looks = [scrub, verify].filter((one) => one !== null);
  return {
    url,
    heartbeatAgeSeconds: heartbeat_age_seconds,
    notReady,
    isStoreFailing,
    logId,
    webhooks,
    looks,
    importer,
  };
}

async function diskOf(directory: string): Promise<Disk> {
  const { bsize, blocks, bfree, bavail } = await statfs(directory).catch((error: unknown) => {
    throw new Error(`the free space of DATA_DIR ${directory} cannot be measured (${codeOf(error)})`, { cause: error });
  });
  return { directory, freeBytes: bavail * bsize, freePercent: (100 * bavail) / (blocks - bfree + bavail) };
}
