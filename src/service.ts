import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { CommandHandler } from './commands/command-handler.ts';
import { BadConfig, type Config } from './config.ts';
import type { EventLog } from './events/event-log.ts';
import { observedLog } from './events/observed-log.ts';
import { createApp } from './http/app.ts';
import { Authenticator } from './http/authenticate.ts';
import { Directory } from './http/directory.ts';
import { limitsOf } from './http/limits/limits.ts';
import { Metrics } from './http/metrics.ts';
import { ownOrigin } from './http/own-origin.ts';
import { redactor } from './http/redaction/redact.ts';
import { closeServer, createHttpServer, timeoutsWith } from './http/server.ts';
import type { Services } from './http/services.ts';
import { zoneClock } from './http/zone-clock.ts';
import { jwtSecret } from './jwt-secret.ts';
import { LastOutcome } from './last-outcome.ts';
import { Follower } from './projections/follower.ts';
import { InlineProjector } from './projections/inline-projector.ts';
import { COUNTED_LAG, lagInEvents } from './projections/lag.ts';
import { watchedLists } from './projections/watched-lists.ts';
import { type OfOthers, openStores } from './stores.ts';
import { Keys } from './tokens/keys.ts';
import { TokenVerifier } from './tokens/token-verifier.ts';

/** The running service. */
export interface Service {
  readonly services: Services;
  readonly keys: Keys;
  readonly metrics: Metrics;
  address(): AddressInfo;
  /** Stops accepting, finishes what is under way within `graceMs`, and lets go of the stores. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Puts the service together and starts it.
 * @param openapi the text of the API's description
 * @param ofOthers what is done about views of another log
 * @throws {BadConfig | LogDamaged | LogUnavailable | OtherLog | ReadModelUnavailable}
 */
export async function startService(
  config: Config,
  logger: Logger,
  openapi: string,
  ofOthers: OfOthers = 'refuse',
): Promise<Service> {
  const keys = new Keys(jwtSecret(config));
  const metrics = new Metrics();
  const stores = await openStores(config, (message) => logger.warn(message), { observer: metrics, ofOthers });
  const [appends, lists] = [new LastOutcome(), new LastOutcome()];
  const log = observedLog(stores.log, metrics, appends);
  const readModel = watchedLists(stores.readModel, lists);
  const warnOfProjection = seldom((error: unknown) =>
    logger.warn(
      { err: error },
      'events are appended but not projected; the follower will (this is said once in a while)',
    ),
  );
  const inline = new InlineProjector(readModel, {
    onDuration: (seconds) => metrics.projected(seconds),
    onFailure: (error) => {
      metrics.projectionFailed();
      warnOfProjection(error);
    },
  });
  const follower = new Follower(log, readModel, inline, logger);
  const services: Services = {
    log,
    readModel,
    commands: new CommandHandler(log),
    inline,
    follower,
    appends,
    lists,
    authenticator: new Authenticator(new TokenVerifier(keys), new Directory(readModel, log)),
    limits: limitsOf(config.memoryBudgetBytes, config.rates),
    ownOrigin: ownOrigin(config.publicUrl, config.trustedProxies),
    inZone: zoneClock(config.timeZone),
    redact: redactor(config.redactedParameters),
  };
  measureProjector(metrics, log, services);
  metrics.gauge(
    'requests_held_bytes',
    'Bytes that requests under way hold: bodies, what is made of them, and answers that are not sent yet.',
    () => services.limits.memory.heldBytes,
  );

  let stopping = false;
  const { corsOrigins, trustedProxies: isTrusted } = config;
  const isStopping = () => stopping;
  const app = createApp({ services, logger, metrics, corsOrigins, openapi, isStopping, isTrusted });
  const server = createHttpServer(app.callback(), timeoutsWith(config.keepAliveSeconds * 1_000));
  follower.start();
  const stop = async (graceMs: number) => {
    stopping = true;
    if (server.listening) await closeServer(server, graceMs);
    await follower.stop();
    await stores.close();
  };
  try {
    await listen(server, config, logger);
  } catch (error) {
    await stop(0);
    throw error;
  }
  const address = () => server.address() as AddressInfo;
  const mode = config.production ? 'production' : 'development';
  logger.info({ host: address().address, port: address().port, mode, node: process.version }, 'listening');
  return { services, keys, metrics, address, stop };
}

/** While a store is away, every request would say the same; the metric counts each. */
const SAY_AGAIN_AFTER_MS = 10_000;

function seldom<T>(say: (what: T) => void): (what: T) => void {
  let saidAt = Number.NEGATIVE_INFINITY;
  return (what) => {
    if (performance.now() - saidAt < SAY_AGAIN_AFTER_MS) return;
    saidAt = performance.now();
    say(what);
  };
}

function measureProjector(metrics: Metrics, log: EventLog, { follower, readModel, appends, lists }: Services): void {
  metrics.gauge('log_up', '1 while the event log can be read and the last append worked.', () =>
    isUp(Promise.all([log.head(), appends.assertWorks()])),
  );
  metrics.gauge('read_model_up', '1 while the read model can be read and imports can be listed.', () =>
    isUp(Promise.all([readModel.checkpoint(), lists.assertWorks()])),
  );
  metrics.gauge(
    'projector_lag_events',
    `Events of the log that the follower has not passed yet; on EventStoreDB up to ${COUNTED_LAG}.`,
    async () => lagInEvents(log, follower.status().position, await log.head()),
  );
  metrics.gauge(
    'projector_lag_seconds',
    'Seconds since the follower was level with the log; 0 while it is.',
    () => follower.status().lagSeconds,
  );
  metrics.gauge(
    'projector_heartbeat_age_seconds',
    'Seconds since the follower gave a sign of life.',
    () => follower.status().heartbeatAgeSeconds,
  );
  metrics.gauge(
    'projector_events_set_aside',
    'Events that could not be projected, up to 1000.',
    async () => (await readModel.setAside(1_000)).length,
  );
}

async function isUp(asking: Promise<unknown>): Promise<number> {
  return asking.then(
    () => 1,
    () => 0,
  );
}

const REASONS: { readonly [code: string]: string } = {
  EADDRINUSE: 'the port is in use; stop what listens there, or set another PORT',
  EACCES: 'this user may not (a process of root has become the owner of DATA_DIR); set a PORT above 1023',
  EADDRNOTAVAIL: 'this machine has no such address; set another HOST',
  ENOTFOUND: 'this name has no address; set another HOST',
};

function listen(server: Server, { host, port }: Config, logger: Logger): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      reject(
        new BadConfig([
          `HOST ${host} and PORT ${port} cannot be listened on: ${REASONS[error.code ?? ''] ?? error.message}`,
        ]),
      );
    };
    server.once('error', refuse);
    server.listen({ host, port, backlog: 1_024 }, () => {
      server.off('error', refuse);
      // From now on an error is a connection that cannot be taken (no file descriptor is left): not the process's end.
      const warn = seldom((err: Error) => logger.warn({ err }, 'connections are lost (this is said once in a while)'));
      server.on('error', warn);
      resolve();
    });
  });
}
