import { z } from 'zod';
import { BadConfig } from '../../errors/bad-config.ts';
import { reasonOf } from '../../errors/reason-of.ts';
import type { LastLook } from '../last-look.ts';
import { reachableUrl } from './reachable-url.ts';

/** A service that has not answered within this time counts as one that does not. */
const ANSWER_WITHIN_MS = 5_000;

/** What a service says of itself. */
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

/**
 * What the service says of itself in `/readyz`.
 * @param url of its listener for operators, or of the one for callers, which says less
 * @throws {Error} nothing answers in time, or what answers is not this service
 */
export async function serviceAt(url: string): Promise<ServiceAnswer> {
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
