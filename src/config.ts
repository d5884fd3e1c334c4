import { z } from 'zod';
import { parseRates, type Rates } from './http/limits/rates.ts';
import { type BlobsConfig, blobsConfig, blobsSettings, faultsOfBlobs } from './importer/blobs/settings.ts';
import { type ImportConfig, importConfig, importSettings } from './importer/settings.ts';
import {
  faultsOfSalesforce,
  type SalesforceConfig,
  salesforceConfig,
  salesforceSettings,
} from './importer/sources/salesforce/settings.ts';
import { isLoopback } from './is-loopback.ts';
import { defaultMemoryBudgetBytes } from './memory-budget-bytes.ts';
import { type ScrubConfig, scrubConfig, scrubSettings } from './operations/scrub/settings.ts';
import { type OutboundConfig, outboundConfig, outboundSettings, withProxiesInCapitals } from './outbound/settings.ts';
import { type ParameterPath, parsePaths } from './redaction/parameter-path.ts';
import { withSettingFiles } from './setting-files.ts';
import { keysIn, LEAST_KEY_BYTES } from './tokens/keys.ts';
import { type TrustedProxies, trustedProxies } from './trusted-proxies.ts';
import { isWeakSecret } from './weak-secret.ts';

/** Port 0: any free port. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
}

/** The settings of the service and of its command line, from environment variables. Source: design.md, Configuration. */
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

/** Settings are wrong or missing. The message names each one and says what to set. */
export class BadConfig extends Error {
  readonly code = 'bad_config';

  constructor(faults: readonly string[]) {
    super(`The configuration is wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'BadConfig';
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A scheme, perhaps credentials, one host or more. The clients themselves check the rest. */
const EVENTSTORE_FORM = /^esdb(\+discover)?:\/\/([^@/?]+@)?[^@/?,]+(,[^@/?,]+)*\/?(\?.*)?$/;
/** The same, and the name of a database. */
const MONGODB_FORM = /^mongodb(\+srv)?:\/\/([^@/?]+@)?[^@/?,]+(,[^@/?,]+)*\/[^/?\\. "$]+(\?.*)?$/;

const MAKE_ONE = '`openssl rand -base64 48` makes one';

/** Means: no listener for operators. */
const OFF = 'off';

const schema = z.object({
  ...outboundSettings.shape,
  ...blobsSettings.shape,
  ...importSettings.shape,
  ...scrubSettings.shape,
  ...salesforceSettings.shape,
  NODE_ENV: z.string().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: z.string().default('3000').refine(isPort, 'must be a port number from 0 to 65535').transform(Number),
  OPERATIONS_HOST: z.string().default('127.0.0.1'),
  OPERATIONS_PORT: z
    .string()
    .default('3001')
    .refine((text) => text === OFF || isPort(text), 'must be a port number from 0 (any free one) to 65535, or off')
    .transform((text) => (text === OFF ? null : Number(text))),
  KEEP_ALIVE_SECONDS: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, 'must be a whole number of seconds from 1 to 9999')
    // Proxies keep idle connections for 60 to 120 s. If we end one first, a request on its way is lost.
    .default('125')
    .transform(Number),
  JWT_SECRET: z
    .string()
    .refine(
      (secret) => Buffer.byteLength(secret) >= LEAST_KEY_BYTES,
      `must have at least ${LEAST_KEY_BYTES} bytes; ${MAKE_ONE}`,
    )
    .optional(),
  DATA_DIR: z.string().default('data'),
  TIME_ZONE: z
    .string()
    .default('Europe/Paris')
    .refine(isTimeZone, 'must be an IANA time zone, such as Europe/Paris or UTC'),
  PUBLIC_URL: z
    .string()
    .refine(isPublicUrl, 'must be like https://imports.example.com: a path may follow, but no user, query or fragment')
    .transform((url) => url.replace(/\/$/, ''))
    .optional(),
  EVENT_TYPE_PREFIX: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9-]{0,62}(\.[a-z0-9][a-z0-9-]{0,62}){0,7}$/,
      'must be lower-case letters, digits and hyphens in parts with dots between them, such as com.example',
    )
    .default('import-api'),
  WEBHOOKS: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every(isOrigin) || (origins.length === 1 && origins[0] === '*'),
      'must be origins as browsers send them, separated by commas, such as https://app.example.com (no path, no slash at the end); or * for any',
    )
    .transform((origins) => (origins[0] === '*' ? '*' : new Set(origins)))
    .optional(),
  LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  REDACTED_PARAMETERS: z
    .string()
    .transform((list, context) => {
      try {
        return parsePaths(list);
      } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
      }
    })
    .optional(),
  MEMORY_BUDGET_MB: z
    .string()
    .regex(/^[1-9]\d{1,6}$/, 'must be a whole number of megabytes, at least 10')
    .transform((megabytes) => Number(megabytes) * 1_048_576)
    .optional(),
  RATE_LIMIT: z
    .string()
    .transform(parseRates)
    .refine(
      (rates) => rates !== undefined,
      'must be like "requests=50, bytes=1000000", or one of the two: per second and caller',
    )
    .optional(),
  EVENTSTORE_URL: z
    .string()
    .regex(
      EVENTSTORE_FORM,
      'must be like esdb://user:password@host:2113 or esdb+discover://host:2113, with ?tls=false if the server has no TLS',
    )
    .optional(),
  EVENTSTORE_STREAM_PREFIX: z
    .string()
    .regex(
      /^[^$\-\s\p{C}][^\-\s\p{C}]*$/u,
      'must be like x_, without a hyphen, blanks or control characters, and must not begin with $: EventStoreDB takes a stream for its own if its name ' +
        'begins with $, and for the category all that stands before the first hyphen, which is x_import then',
    )
    .default(''),
  MONGODB_URL: z
    .string()
    .regex(MONGODB_FORM, 'must be like mongodb://user:password@host:27017/database, with the name of a database')
    .optional(),
  TRUST_PROXY: z
    .string()
    .transform(trustedProxies)
    .refine(
      (trusted) => trusted !== undefined,
      'must be the number of proxies before the service (0 to 9), or their addresses and networks, such as 10.0.0.0/8, 2001:db8::7',
    )
    .optional(),
});

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
  const parsed = schema.safeParse(isSigning ? set : settings);
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
  const {
    HOST,
    PORT,
    KEEP_ALIVE_SECONDS,
    JWT_SECRET,
    EVENTSTORE_URL,
    EVENTSTORE_STREAM_PREFIX,
    MONGODB_URL,
    DATA_DIR,
    TIME_ZONE,
    LOG_LEVEL,
    TRUST_PROXY,
  } = parsed.data;
  const { PUBLIC_URL, CORS_ORIGINS, REDACTED_PARAMETERS, MEMORY_BUDGET_MB, RATE_LIMIT } = parsed.data;
  const { EVENT_TYPE_PREFIX, WEBHOOKS } = parsed.data;
  const { OPERATIONS_HOST, OPERATIONS_PORT } = parsed.data;
  return {
    production,
    host: HOST,
    port: PORT,
    operations: OPERATIONS_PORT === null ? null : { host: OPERATIONS_HOST, port: OPERATIONS_PORT },
    keepAliveSeconds: KEEP_ALIVE_SECONDS,
    jwtSecrets: JWT_SECRET === undefined ? null : keysIn(JWT_SECRET),
    eventStoreUrl: EVENTSTORE_URL ?? null,
    streamPrefix: EVENTSTORE_STREAM_PREFIX,
    mongodbUrl: MONGODB_URL ?? null,
    dataDir: DATA_DIR,
    timeZone: TIME_ZONE,
    publicUrl: PUBLIC_URL ?? null,
    eventTypePrefix: EVENT_TYPE_PREFIX,
    sendsWebhooks: WEBHOOKS === 'on',
    corsOrigins: CORS_ORIGINS ?? null,
    logLevel: LOG_LEVEL,
    trustedProxies: TRUST_PROXY ?? null,
    redactedParameters: REDACTED_PARAMETERS ?? [],
    memoryBudgetBytes: MEMORY_BUDGET_MB ?? defaultMemoryBudgetBytes(),
    rates: RATE_LIMIT ?? null,
    ...outboundConfig(parsed.data),
    ...blobsConfig(parsed.data),
    ...importConfig(parsed.data),
    ...scrubConfig(parsed.data),
    ...salesforceConfig(parsed.data),
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

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
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

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Only a URL to which a path can be added. `URL` alone would accept, and silently repair, much more. */
function isPublicUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && [url.origin + url.pathname, url.origin].includes(text);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}
