import { z } from 'zod';
import { trustedProxies } from '../http/in/trusted-proxies.ts';
import { parseRates } from '../http/limits/rates.ts';
import { blobsSettings } from '../importer/blobs/settings.ts';
import { importSettings } from '../importer/settings.ts';
import { salesforceSettings } from '../importer/sources/salesforce/settings.ts';
import { scrubSettings } from '../operations/scrub/settings.ts';
import { outboundSettings } from '../outbound/settings.ts';
import { parsePaths } from '../redaction/parameter-path.ts';
import { LEAST_KEY_BYTES } from '../tokens/keys.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A scheme, perhaps credentials, one host or more. The clients themselves check the rest. */
const EVENTSTORE_FORM = /^esdb(\+discover)?:\/\/([^@/?]+@)?[^@/?,]+(,[^@/?,]+)*\/?(\?.*)?$/;
/** The same, and the name of a database. */
const MONGODB_FORM = /^mongodb(\+srv)?:\/\/([^@/?]+@)?[^@/?,]+(,[^@/?,]+)*\/[^/?\\. "$]+(\?.*)?$/;

/** Where a secret may come from. */
export const MAKE_ONE = '`openssl rand -base64 48` makes one';

/** Means: no listener for operators. */
const OFF = 'off';

/** What each environment variable may be, and what it is if it is not set. The parts of the service declare their own. */
export const settingsSchema = z.object({
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

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
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
