import { z } from 'zod';
import { quarantinedEventJson } from '../../../operations/quarantined-event-json.ts';
import type { WebhooksStanding } from '../../../subscribers/webhooks/webhooks.ts';
import { leastBudgets } from '../../least-budgets.ts';
import { route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { readinessAnswer } from '../health.ts';

/** How many quarantined events are shown with their reasons. */
const SHOWN = 100;

/** How many budgets are shown: those with the least left. */
const SHOWN_BUDGETS = 20;

const quarantinedEvent = z.object({
  stream: z.string(),
  revision: z.int(),
  position: z.string(),
  event_id: z.string(),
  type: z.string(),
  reason: z.string(),
});

const count = z.int().min(0);

/** Of the endpoints of webhooks as this node knows them. */
const webhooksStanding = z.object({
  ...{ working: count, failing: count, held: count, disabled: count, elsewhere: count },
  deliveries_waiting: count,
  oldest_waiting_seconds: z.number().min(0),
});

/** What this node performs, and has performed since its start. */
const importerStanding = z.object({
  on: z.boolean(),
  running: count,
  ended: z.record(z.string(), count),
  bytes: count,
  /** Why the bytes of images cannot be kept; null: they can, as far as the node knows. */
  storage: z.object({ reason: z.string(), since: z.string() }).nullable(),
  api_budgets: z
    .array(
      z.object({ organization_id: z.string(), used: count, most: count, used_percent: z.number(), at: z.string() }),
    )
    .max(SHOWN_BUDGETS),
});

/** What a look at everything has found. A node stays ready: what is sound can be served. */
const look = z.object({
  at: z.string(),
  events: count,
  /** Null: it did not look at them. */
  images: count.nullable(),
  faults: count,
  first: z.string().nullable(),
  /** Of views; null: it did not compare them. */
  differences: count.nullable(),
  first_difference: z.string().nullable(),
});

const readiness = z.object({
  status: z.enum(['ready', 'not ready']),
  log: z.string(),
  log_id: z.string(),
  read_model: z.string(),
  projector: z.string(),
  position: z.string(),
  heartbeat_age_seconds: z.number(),
  lag_seconds: z.number(),
  events_set_aside: z.boolean(),
  importer: importerStanding,
  webhooks: webhooksStanding.nullable(),
  /** Null: no scrub has ended yet. */
  scrub: look.nullable(),
  /** Null: no `imports verify --all` with this data directory has ended yet. */
  verify: look.nullable(),
  set_aside: z.array(quarantinedEvent).max(SHOWN).optional(),
});

/** Shows which part is away and why, and the position of the projector. `?verbose` shows the quarantined events. */
export const readyzWithReasons = route({
  id: 'readyzWithReasons',
  tag: 'Operations',
  method: 'GET',
  path: '/readyz',
  access: 'anyone',
  summary: 'Whether the service is ready for requests, and if not, why',
  query: z.object({ verbose: z.unknown().optional() }),
  answers: {
    200: { description: 'It is ready.', body: readiness },
    503: { description: 'It is not ready.', body: readiness, headers: ['Retry-After'] },
  },
  problems: [],
  async handle({ query }, services) {
    const { health, readModel, log, follower, webhooks, looks } = services;
    const isVerbose = query.verbose !== undefined;
    const [state, quarantined, importer, { scrub, verify }] = await Promise.all([
      health(),
      readModel.quarantined(isVerbose ? SHOWN : 1).catch(() => []),
      importerStandingOf(services),
      looks(),
    ]);
    const { isReady, log: logState, readModel: readModelState, projector } = state;
    const { position, heartbeatAgeSeconds, lagSeconds } = follower.status();
    return readinessAnswer(isReady, {
      log: logState,
      log_id: log.id,
      read_model: readModelState,
      projector,
      position: String(position),
      heartbeat_age_seconds: heartbeatAgeSeconds,
      lag_seconds: lagSeconds,
      events_set_aside: quarantined.length > 0,
      importer,
      scrub: scrub && look.parse(scrub),
      verify: verify && look.parse(verify),
      webhooks: webhooks.isOn ? standingOf(webhooks.standing()) : null,
      ...(isVerbose && { set_aside: quarantined.map(quarantinedEventJson) }),
    });
  },
});

async function importerStandingOf(services: Services): Promise<z.infer<typeof importerStanding>> {
  const { importer, keeping, metrics } = services;
  return {
    on: importer.isOn,
    running: importer.running(),
    ...(await metrics.imports.imported()),
    storage: keeping.trouble,
    api_budgets: leastBudgets(services, SHOWN_BUDGETS).map(({ organizationId, used, most, share, at }) => ({
      ...{ organization_id: organizationId, used, most, used_percent: Number((100 * share).toFixed(1)), at },
    })),
  };
}

function standingOf({ endpoints, waiting, oldestSeconds }: WebhooksStanding): z.infer<typeof webhooksStanding> {
  return { ...endpoints, deliveries_waiting: waiting, oldest_waiting_seconds: oldestSeconds };
}
