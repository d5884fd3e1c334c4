import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { executor } from '../commands/execute.ts';
import type { EventLog } from '../events/event-log.ts';
import { observedLog } from '../events/observed-log.ts';
import { serviceMark } from '../events/service-mark.ts';
import { RESERVE_BYTES, withReserve } from '../events/with-reserve.ts';
import { createApp } from '../http/app.ts';
import { Changes, connectionOf } from '../http/changes.ts';
import { addGauges } from '../http/gauges.ts';
import { Authenticator } from '../http/in/authenticate.ts';
import { Directory } from '../http/in/directory.ts';
import { ownOrigin } from '../http/in/own-origin.ts';
import { limitConnections, MOST_CONNECTIONS } from '../http/limit-connections.ts';
import { limitsOf } from '../http/limits/limits.ts';
import { Metrics } from '../http/metrics.ts';
import { createOperationsServer } from '../http/operations-server.ts';
import { nothingHere } from '../http/out/problem.ts';
import { zoneClock } from '../http/out/zone-clock.ts';
import { refusalLines } from '../http/refusal-lines.ts';
import { DEVELOPMENT_IMAGE, developmentImage } from '../http/routes/development/show-image.ts';
import { PUBLIC_ROUTES } from '../http/routes.ts';
import { closeServer, createHttpServer, timeoutsWith } from '../http/server.ts';
import type { Services } from '../http/services.ts';
import { markIn } from '../importer/mark.ts';
import { Room } from '../machine/room.ts';
import { healthOf } from '../operations/health/health.ts';
import { standingOf } from '../operations/health/imports-standing.ts';
import { looksOf } from '../operations/health/last-looks.ts';
import { reachableUrl } from '../operations/health/reachable-url.ts';
import { Scrub } from '../operations/scrub/scrub.ts';
import { isLoopback } from '../outbound/is-loopback.ts';
import { Follower } from '../projections/follower.ts';
import { InlineProjector, notProjected } from '../projections/inline-projector.ts';
import { noteUseOf } from '../projections/note-use.ts';
import { UNNUMBERED, type Versions } from '../projections/versions.ts';
import { redactor } from '../redaction/redact.ts';
import type { Config } from '../settings/config.ts';
import type { OfOthers } from '../stores/adoption.ts';
import { Signer } from '../subscribers/webhooks/signing/signer.ts';
import { LastOutcome } from '../time/last-outcome.ts';
import { oneAtATime } from '../time/one-at-a-time.ts';
import type { Keys } from '../tokens/keys.ts';
import { TokenVerifier } from '../tokens/token-verifier.ts';
import { feedingOf } from './feeding.ts';
import { importing } from './importing.ts';
import { type InstallationFacts, installationFacts } from './installation-facts.ts';
import { listen, OPERATIONS, PUBLIC } from './listen.ts';
import { openServiceStores } from './service-stores.ts';
import { addStoreGauges } from './store-gauges.ts';
import { webhookSending } from './webhook-sending.ts';

/** The running service. */
export interface Service {
  readonly services: Services;
  readonly keys: Keys;
  readonly metrics: Metrics;
  readonly address: AddressInfo;
  /** The address of the listener for operators; null: there is none. */
  readonly operationsAddress: AddressInfo | null;
  /** Stops accepting, finishes running requests within `graceMs`, and closes the stores. */
  stop(graceMs: number): Promise<void>;
}

/** How long running requests of operators may take when the service stops. They may be cut: nothing is lost by that. */
const OPERATIONS_GRACE_MS = 1_000;

/** How long webhooks that are under way may take then. What is cut is sent again, by the next node or after the next start. */
const WEBHOOKS_GRACE_MS = 2_000;

/** How long attempts at imports may take then: what is not done in half of it is given back, in the other half. */
const IMPORTS_GRACE_MS = 4_000;

/** No organization has this id. */
const NOBODYS = '00000000-0000-0000-0000-000000000000';

/**
 * Puts the service together and starts it.
 * @param ofOthers what to do with stores of another log
 * @throws {BadConfig | DeliveriesUnavailable | LogDamaged | LogUnavailable | NoRoom | OtherBlobs | OtherKey | OtherLog | OtherStore | ReadModelUnavailable | SealedUnavailable | StorageUnavailable}
 */
export async function startService(config: Config, logger: Logger, ofOthers: OfOthers = 'refuse'): Promise<Service> {
  const metrics = new Metrics();
  const opened = await openServiceStores(config, logger, metrics, ofOthers);
  const { stores, keys, versions, sealed } = opened;
  const { readModel } = stores;
  const appends = new LastOutcome();
  // A node that no caller has asked for a list yet is ready only if its store can answer one.
  const lists = new LastOutcome(() => readModel.list('import', { organizationId: NOBODYS, limit: 1 }));
  const log = observedLog(reservedLog(config, stores.log), metrics, appends);
  const sayNotProjected = notProjected(logger);
  const inline = new InlineProjector(readModel, {
    onDuration: (seconds) => metrics.projected(seconds),
    onFailure: (error) => {
      metrics.projectionFailed();
      sayNotProjected(error);
    },
  });
  const follower = new Follower(log, readModel, inline, logger);
  const feeding = feedingOf(config, log, keys, logger);
  const { naming, cursors, feed, streams } = feeding;
  const execute = executor(log, inline);
  const directory = new Directory(readModel, log);
  const signer = new Signer(keys);
  const limits = limitsOf(config.memoryBudgetBytes, config.rates);
  const sending = webhookSending(config, {
    ...{ log, readModel, execute, follower, feed, cursors, naming, signer, metrics, limits },
    ...{ logger, directory },
    store: opened.deliveries,
  });
  const changes = new Changes(feed);
  /** In development, where the image to try imports with is. */
  let imageUrl: string | null = null;
  const imports = await importing(config, {
    ...{ log, readModel, execute, logger, keys, sealed, observer: metrics.imports },
    whenLevel: (signal) => follower.whenLevel(signal),
    watch: (listener) => feed.watch(listener),
    openUrl: () => imageUrl,
    onConnectionChange: (organizationId) => changes.tell(connectionOf(organizationId)),
  }).catch(async (error) => {
    await sending.stop(0);
    await opened.close();
    throw error;
  });
  const scrub = new Scrub({
    log,
    readModel,
    blobs: imports.blobs,
    dataDir: config.dataDir,
    everyMs: config.scrubEveryMs,
    logger,
  });
  let performedSince: string | null = null;
  const learnMark = async () => {
    // It is made once, and never changed.
    performedSince ??= (await markIn(log, serviceMark(config, log)))?.madeAt ?? null;
  };
  const services: Services = {
    log,
    readModel,
    versions,
    lists,
    execute,
    follower,
    health: healthOf({ log, readModel, follower, appends, lists }),
    importsStanding: oneAtATime(async () => {
      await learnMark();
      return standingOf({ log, readModel }, { seconds: config.importWaitWarningSeconds, performedSince });
    }),
    performedSince: () => performedSince,
    authenticator: new Authenticator(new TokenVerifier(keys), directory),
    metrics,
    limits,
    ...feeding,
    webhooks: sending.engine,
    signer,
    ownOrigin: ownOrigin(config.publicUrl, config.trustedProxies),
    inZone: zoneClock(config.timeZone),
    redact: redactor(config.redactedParameters),
    changes,
    importer: imports.importer,
    claims: imports.claims,
    connections: imports.connections,
    budgets: imports.budgets,
    blobs: imports.blobs,
    looks: looksOf(scrub, config.dataDir, log.id),
    drafts: imports.drafts,
    keeping: imports.keeping,
    look: imports.look,
    outsideWork: imports.outsideWork,
    sealed: sealed.credentials,
  };
  addGauges(services);
  addStoreGauges(metrics, log, appends, services.looks, config.dataDir);

  let stopping = false;
  const { corsOrigins, trustedProxies: isTrusted } = config;
  const isStopping = () => stopping;
  const routes = config.production ? PUBLIC_ROUTES : [...PUBLIC_ROUTES, developmentImage];
  const app = createApp(routes, nothingHere, { services, logger, corsOrigins, isStopping, isTrusted });
  const timeouts = timeoutsWith(config.keepAliveSeconds * 1_000);
  const server = createHttpServer(app.callback(), timeouts, refusalLines(logger));
  limitConnections(server, MOST_CONNECTIONS);
  const operations = createOperationsServer({ services, logger, isStopping });
  follower.start();
  sending.engine.start();
  const importsStarted = imports.start();
  scrub.start();
  const stopNoting = noteUseOf(readModel, log);
  void tellOfOld(versions, logger);
  const stop = async (graceMs: number) => {
    stopping = true;
    // Their readers go on elsewhere.
    streams.endAll();
    await Promise.all([
      closeServer(server, graceMs),
      closeServer(operations, Math.min(graceMs, OPERATIONS_GRACE_MS)),
      sending.stop(Math.min(graceMs, WEBHOOKS_GRACE_MS)),
      imports.stop(Math.min(graceMs, IMPORTS_GRACE_MS)),
    ]);
    stopNoting();
    await scrub.stop();
    await feed.close();
    await follower.stop();
    await opened.close();
  };
  try {
    // What is asked for before the importer has its mark would never be performed.
    await importsStarted;
    // Without it, a status does not say that an import from before the mark is held. Each look at what waits learns it, too.
    void learnMark().catch(() => {});
    const facts = await installationFacts(config, log.id, versions, true);
    // First, so that nobody calls a service whose start then fails.
    const operationsAddress = config.operations && (await listen(operations, config.operations, OPERATIONS, logger));
    const address = await listen(server, config, PUBLIC, logger);
    const origin = reachableUrl(address.address, address.port);
    if (!config.production) imageUrl = new URL(DEVELOPMENT_IMAGE, origin).href;
    announceListeners(logger, config, facts, address, operationsAddress);
    return { services, keys, metrics, address, operationsAddress, stop };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

/** On a disk of its own, a reserve is kept. */
function reservedLog({ eventStoreUrl, dataDir }: Config, log: EventLog): EventLog {
  return eventStoreUrl === null ? withReserve(log, new Room(dataDir, RESERVE_BYTES), dataDir) : log;
}

/** Warns about views of releases before 0.2, which take room and are not used. */
async function tellOfOld(versions: Versions, logger: Logger): Promise<void> {
  const all = await versions.list().catch(() => []);
  if (!all.some(({ name }) => name === UNNUMBERED)) return;
  logger.warn(
    'views of a release before 0.2 are left: once no node of such a release runs, `npx imports versions remove unnumbered` removes them',
  );
}

/** They are left of a move, or a setting leads somewhere else than is meant. */
function tellOfUnused({ data_dir, unused_stores }: InstallationFacts, logger: Logger): void {
  if (unused_stores.length === 0) return;
  logger.warn(
    { data_dir, unused_stores },
    'DATA_DIR has stores that are not used. If the service should work on them, unset the settings that say otherwise; else move them away',
  );
}

function announceListeners(
  logger: Logger,
  { production }: Config,
  facts: InstallationFacts,
  { address: host, port }: AddressInfo,
  operations: AddressInfo | null,
): void {
  const at = { operations_host: operations?.address, operations_port: operations?.port ?? 'off' };
  logger.info({ host, port, ...at, mode: production ? 'production' : 'development', ...facts }, 'listening');
  tellOfUnused(facts, logger);
  if (operations === null || isLoopback(operations.address)) return;
  logger.warn(
    at,
    'OPERATIONS_HOST is not loopback: everybody who reaches it sees every organization, without a token. Only a private network may',
  );
}
