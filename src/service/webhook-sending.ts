import type { EventLog } from '../events/event-log.ts';
import { serviceMark } from '../events/service-mark.ts';
import type { Directory } from '../http/in/directory.ts';
import { Turns } from '../http/limits/turns.ts';
import type { Metrics } from '../http/metrics.ts';
import type { Services } from '../http/services.ts';
import { Destinations } from '../outbound/destinations.ts';
import { GuardedClient } from '../outbound/guarded-client.ts';
import type { Config } from '../settings/config.ts';
import type { DeliveryStore } from '../subscribers/webhooks/delivery-store.ts';
import { type EngineParts, WebhookEngine } from '../subscribers/webhooks/engine.ts';
import { hasEnded, newNodeName } from '../subscribers/webhooks/node-name.ts';
import { Sender } from '../subscribers/webhooks/sender.ts';
import { systemClock } from '../time/clock.ts';

/**
 * So many bodies are made at once, and so many of them for one organization: their events are read from the log, and each may have a
 * megabyte. One whose share of the event loop is used up waits inside.
 */
const MADE_AT_ONCE = 4;
const MADE_AT_ONCE_FOR_ONE = 3;

/** What sends webhooks on this node. */
export interface WebhookSending {
  readonly engine: WebhookEngine;
  /** Stops sending, and waits for what is under way for `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

type Parts = Pick<
  Services,
  'readModel' | 'execute' | 'follower' | 'feed' | 'cursors' | 'naming' | 'signer' | 'metrics' | 'limits'
> & {
  readonly log: EventLog;
  readonly store: DeliveryStore;
  readonly directory: Directory;
  readonly logger: EngineParts['logger'];
};

/** Puts together what sends webhooks. It does not start yet. */
export function webhookSending(config: Config, parts: Parts): WebhookSending {
  const { log, follower, signer, metrics, limits } = parts;
  const making = new Turns(MADE_AT_ONCE, null, MADE_AT_ONCE_FOR_ONE);
  const destinations = destinationsOf(config);
  const client = new GuardedClient(destinations);
  const engine = new WebhookEngine({
    ...parts,
    isOn: config.sendsWebhooks,
    whenLevel: (signal) => follower.whenLevel(signal),
    sender: new Sender({ client, signer, clock: systemClock }),
    service: serviceMark(config, log),
    clock: systemClock,
    inTurn: (organizationId, work) =>
      making.run(organizationId, async () => {
        await limits.loop.resume(organizationId);
        return work();
      }),
    node: newNodeName(),
    hasEnded,
    random: Math.random,
    onAttempt: (outcome) => metrics.webhookTried(outcome),
    checkUrl: (url) => destinations.check(url),
  });
  addWebhookGauges(metrics, engine);
  return {
    engine,
    async stop(graceMs) {
      await engine.stop(graceMs);
      await client.close();
    },
  };
}

/** Where webhooks may go. */
export function destinationsOf({
  production,
  webhookAllowedHosts,
  webhookAllowedPorts,
  proxies,
}: Config): Destinations {
  return new Destinations({
    mayUseHttp: false,
    mayUseLoopback: !production,
    allowedHosts: webhookAllowedHosts,
    allowedPorts: webhookAllowedPorts,
    settings: { hosts: 'WEBHOOK_ALLOWED_HOSTS', ports: 'WEBHOOK_ALLOWED_PORTS' },
    proxies,
  });
}

function addWebhookGauges(metrics: Metrics, engine: WebhookEngine): void {
  metrics.gaugeBy(
    'imports_webhook_endpoints',
    'Endpoints of webhooks by what they do. `working` and `failing` are those that this node serves, `elsewhere` those of other nodes.',
    'status',
    () => engine.standing().endpoints,
  );
  metrics.gauge(
    'imports_webhook_deliveries_waiting',
    'Deliveries that wait or are under way at the endpoints that this node serves.',
    () => engine.standing().waiting,
  );
  metrics.gauge(
    'imports_webhook_oldest_waiting_seconds',
    'The age of the oldest of these deliveries; 0: there is none.',
    () => engine.standing().oldestSeconds,
  );
}
