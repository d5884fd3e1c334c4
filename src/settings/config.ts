import { BadConfig } from '../errors/bad-config.ts';
import type { TrustedProxies } from '../http/in/trusted-proxies.ts';
import type { Rates } from '../http/limits/rates.ts';
import { type BlobsConfig, blobsConfig, faultsOfBlobs } from '../importer/blobs/settings.ts';
import { type ImportConfig, importConfig } from '../importer/settings.ts';
import {
  faultsOfSalesforce,
  type SalesforceConfig,
  salesforceConfig,
} from '../importer/sources/salesforce/settings.ts';
import { defaultMemoryBudgetBytes } from '../machine/memory-budget-bytes.ts';
import { type ScrubConfig, scrubConfig } from '../operations/scrub/settings.ts';
import { isLoopback } from '../outbound/is-loopback.ts';
import { type OutboundConfig, outboundConfig, withProxiesInCapitals } from '../outbound/settings.ts';
import type { ParameterPath } from '../redaction/parameter-path.ts';
import { keysIn, LEAST_KEY_BYTES } from '../tokens/keys.ts';
import { withSettingFiles } from './setting-files.ts';
import { MAKE_ONE, settingsSchema } from './settings-schema.ts';
import { isWeakSecret } from './weak-secret.ts';

/** Port 0: any free port. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
}

/** The settings of the service and of its command line, from environment variables. Source: docs/configuration.md. */
export interface Config extends ListenAt, OutboundConfig, BlobsConfig, ImportConfig, SalesforceConfig, ScrubConfig {
  /** In production the service makes no secret, no user and no token by itself. */
  readonly production: boolean;
  /** The listener for operators; null: none. */
  readonly operations: ListenAt | null;
  /** How long a connection may idle between two requests. */
  readonly keepAliveSeconds: number;
  /** Newest first. Null in development if none is set: then one is made and kept in `dataDir`. */
  readonly jwtSecrets: readonly string[] | null;
  /** The store of the events; null: `dataDir`. */
  readonly eventStoreUrl: string | null;
  /** Goes before the name of each stream in EventStoreDB. */
  readonly streamPrefix: string;
  /** The store of the views; null: `dataDir`. */
  readonly mongodbUrl: string | null;
  readonly dataDir: string;
  readonly timeZone: string;
  /** The service's URL for callers, without a slash at the end; null: the URL in each request. */
  readonly publicUrl: string | null;
  /** Stands before the types of public events: `import-api` gives `import-api.import.requested`. */
  readonly eventTypePrefix: string;
  /** Whether this node sends webhooks. */
  readonly sendsWebhooks: boolean;
  /** Origins whose pages may read answers; `*`: any; null: none. */
  readonly corsOrigins: ReadonlySet<string> | '*' | null;
  readonly logLevel: string;
  /** The proxies whose word on the caller's address is believed; null: none. */
  readonly trustedProxies: TrustedProxies | null;
  /** Parameters that are taken out before a request is recorded, besides those in decision 0004. */
  readonly redactedParameters: readonly ParameterPath[];
  /** How much memory all running requests may hold together. */
  readonly memoryBudgetBytes: number;
  /** How much one caller may send in a second; null: no limit. */
  readonly rates: Rates | null;
}

/**
 * Reads the settings. An empty variable counts as not set.
 * @param isSigning false: `JWT_SECRET` is not needed and not read
 * @param isImporting false: the settings that only those need who perform imports may be missing
 * @throws {BadConfig} it names every setting that is wrong or missing
 */
export function readConfig(env: NodeJS.ProcessEnv, isSigning = true, isImporting = false): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { env: set, faults: faultsOfFiles } = withSettingFiles(withProxiesInCapitals(given), isSigning);
  const { JWT_SECRET: _, ...settings } = set;
  const parsed = settingsSchema.safeParse(isSigning ? set : settings);
  const faults = [...faultsOfFiles];
  faults.push(...(parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? []));
  const production = !isDevelopment(set);
  if (production && isSigning && faultsOfFiles.length === 0) faults.push(...faultsOfSecret(set));
  if (parsed.success && parsed.data.PORT !== 0 && parsed.data.PORT === parsed.data.OPERATIONS_PORT) {
    faults.push(`OPERATIONS_PORT ${parsed.data.PORT} is the same as PORT: set another one, 0 (any free one), or off`);
  }
  if (isImporting) faults.push(...faultsOfBlobs(set));
  if (parsed.success) faults.push(...faultsOfSalesforce(parsed.data));
  if (!parsed.success || faults.length > 0) throw new BadConfig(faults);
  const found = parsed.data;
  return {
    production,
    host: found.HOST,
    port: found.PORT,
    operations: found.OPERATIONS_PORT === null ? null : { host: found.OPERATIONS_HOST, port: found.OPERATIONS_PORT },
    keepAliveSeconds: found.KEEP_ALIVE_SECONDS,
    jwtSecrets: found.JWT_SECRET === undefined ? null : keysIn(found.JWT_SECRET),
    eventStoreUrl: found.EVENTSTORE_URL ?? null,
    streamPrefix: found.EVENTSTORE_STREAM_PREFIX,
    mongodbUrl: found.MONGODB_URL ?? null,
    dataDir: found.DATA_DIR,
    timeZone: found.TIME_ZONE,
    publicUrl: found.PUBLIC_URL ?? null,
    eventTypePrefix: found.EVENT_TYPE_PREFIX,
    sendsWebhooks: found.WEBHOOKS === 'on',
    corsOrigins: found.CORS_ORIGINS ?? null,
    logLevel: found.LOG_LEVEL,
    trustedProxies: found.TRUST_PROXY ?? null,
    redactedParameters: found.REDACTED_PARAMETERS ?? [],
    memoryBudgetBytes: found.MEMORY_BUDGET_MB ?? defaultMemoryBudgetBytes(),
    rates: found.RATE_LIMIT ?? null,
    ...outboundConfig(found),
    ...blobsConfig(found),
    ...importConfig(found),
    ...scrubConfig(found),
    ...salesforceConfig(found),
  };
}

/** Development is set, or nothing is set and only this machine can call and there is no secret. */
function isDevelopment({
  NODE_ENV,
  JWT_SECRET,
  JWT_SECRET_FILE = JWT_SECRET,
  HOST = '127.0.0.1',
}: NodeJS.ProcessEnv): boolean {
  if (NODE_ENV !== undefined) return NODE_ENV === 'development';
  return JWT_SECRET_FILE === undefined && isLoopback(HOST);
}

/** What is wrong with the secret in production. A secret that is too short is reported elsewhere, in any case. */
function faultsOfSecret({ NODE_ENV, JWT_SECRET }: NodeJS.ProcessEnv): string[] {
  const instead = NODE_ENV === 'production' ? '' : '. To try the service out, set NODE_ENV=development';
  if (JWT_SECRET === undefined) {
    const why = NODE_ENV === undefined ? 'if HOST is not loopback' : 'in production';
    return [`JWT_SECRET is required ${why}: at least ${LEAST_KEY_BYTES} bytes; ${MAKE_ONE}${instead}`];
  }
  const keys = keysIn(JWT_SECRET);
  if (Buffer.byteLength(JWT_SECRET) < LEAST_KEY_BYTES || !keys.some(isWeakSecret)) return [];
  const which = keys.length > 1 ? `the key in place ${keys.findIndex(isWeakSecret) + 1} of ` : '';
  return [`${which}JWT_SECRET is easy to guess: it repeats itself, or is a published example; ${MAKE_ONE}${instead}`];
}
