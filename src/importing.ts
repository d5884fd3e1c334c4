import { join } from 'node:path';
import type { Logger } from 'pino';
import { systemClock } from './clock.ts';
import type { Execute } from './commands/execute.ts';
import type { Config } from './config.ts';
import type { EventLog, RecordedEvent } from './events/event-log.ts';
import { parseStreamName } from './events/streams.ts';
import { type BlobStore, StorageUnavailable } from './importer/blobs/blob-store.ts';
import { Drafts } from './importer/blobs/draft.ts';
import type { BringParts } from './importer/brought.ts';
import { Chores } from './importer/chores.ts';
import { Claims } from './importer/claims.ts';
import { type ConnectionStanding, Connections } from './importer/connections.ts';
import { Expiry } from './importer/expiry.ts';
import { FolderLock } from './importer/folder-lock.ts';
import { Looks } from './importer/images/look.ts';
import { Importer } from './importer/importer.ts';
import { ensureMark, type Mark } from './importer/mark.ts';
import { notPerformed } from './importer/not-performed.ts';
import type { ImportObserver } from './importer/observer.ts';
import { OutsideWork } from './importer/outside-work.ts';
import { Performer } from './importer/performer.ts';
import type { Closed } from './importer/queue.ts';
import { OwnImports } from './importer/sealed/own-imports.ts';
import { appKey } from './importer/sources/salesforce/app-key.ts';
import { Budgets } from './importer/sources/salesforce/budgets.ts';
import { ConnectionSecrets } from './importer/sources/salesforce/connection-secrets.ts';
import { salesforceDestinations } from './importer/sources/salesforce/salesforce-destinations.ts';
import { SalesforceSource } from './importer/sources/salesforce/salesforce-source.ts';
import { Sessions } from './importer/sources/salesforce/sessions.ts';
import { whyUnusable } from './importer/sources/salesforce/why-unusable.ts';
import { UrlSource } from './importer/sources/url.ts';
import { Destinations } from './outbound/destinations.ts';
import { GuardedClient } from './outbound/guarded-client.ts';
import type { ReadModel } from './projections/read-model.ts';
import { WAITING_LANES } from './projections/views/import-view.ts';
import type { SealedCredentials } from './sealed-credentials.ts';
import { seldom } from './seldom.ts';
import { serviceMark } from './service-mark.ts';
import { isSealedStoreShared, openBlobStore } from './stores.ts';
import type { Keys } from './tokens/keys.ts';

/** What performs imports on this node, and what is known of them here though it performs none. */
export interface Importing {
  readonly importer: Importer;
  readonly claims: Claims;
  readonly connections: Connections;
  readonly budgets: Budgets;
  /** Null: this node has no store for the bytes of images. */
  readonly blobs: BlobStore | null;
  readonly drafts: Drafts;
  readonly look: BringParts['look'];
  readonly outsideWork: OutsideWork;
  /** From where on imports are performed. It is made when it is first asked for. @throws {LogUnavailable} */
  mark(): Promise<Mark>;
  start(): void;
  /** Stops performing, and gives back what is not done after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ImportingParts {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  readonly execute: Execute;
  readonly sealed: Pick<SealedCredentials, 'credentials' | 'store'>;
  readonly keys: Pick<Keys, 'derived'>;
  /** Resolves once the views show all that is in the log. */
  readonly whenLevel: (signal: AbortSignal) => Promise<void>;
  /** As of the feed. */
  readonly watch: (listener: (event: RecordedEvent) => void) => () => void;
  readonly observer: ImportObserver;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** The one URL of this machine that images may be fetched from; null: none. */
  readonly openUrl: () => string | null;
  /** Is called with an organization when what is known of its connection has changed. */
  readonly onConnectionChange: (organizationId: string) => void;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** While a connection is on trial with one import, it is looked again so often whether there may be more. */
const TRIAL_MS = SECOND_MS;

/** Puts together what performs imports. It does not start yet. @throws {BadConfig | OtherBlobs | StorageUnavailable} */
export async function importing(config: Config, parts: ImportingParts): Promise<Importing> {
  const { log, readModel, execute, whenLevel, watch, observer, logger, keys } = parts;
  const { credentials, store: sealedStore } = parts.sealed;
  const { importMostBytes: mostBytes, importAttemptSeconds: attemptSeconds } = config;
  const clock = systemClock;
  const stopping = new AbortController();
  const { signal } = stopping;
  const onTrouble = seldom((err: unknown) =>
    logger.warn({ err }, 'what imports need waits, and goes on by itself (this is said once in a while)'),
  );
  const secrets = new ConnectionSecrets(sealedStore, keys);
  const means = { appKey: appKey(config), secretOf: (organizationId: string) => secrets.of(organizationId) };
  const forget = (importId: string) => credentials.forget(importId).catch(onTrouble);
  const blobs = await openBlobs(config, log, (message) => logger.warn(message));
  const mark = kept(() => ensureMark(log, execute, serviceMark(config, log)));
  const claims = new Claims({ execute, log, performed: async () => (await mark()).performed });
  const drafts = new Drafts({ folder: join(config.dataDir, 'tmp'), limitBytes: mostBytes });
  const looks = new Looks();
  const look = (path: string) => looks.lookAt(path);
  const budgets = new Budgets(config.salesforceBudgetPercent);
  const urlClient = new GuardedClient(urlDestinations(config, parts.openUrl));
  const salesforceClient = new GuardedClient(salesforceDestinations(config));
  const connections: Connections = new Connections({
    ...{ log, readModel, execute, clock, signal, onTrouble },
    whyUnusable: (connection) => whyUnusable(connection, means),
    onChange(organizationId) {
      importer.connectionChanged(organizationId);
      parts.onConnectionChange(organizationId);
    },
  });
  const performer = new Performer({
    ...{ claims, drafts, connections, observer, logger, clock, look },
    blobs: blobs ?? NO_BLOBS,
    sources: {
      url: new UrlSource({ client: urlClient, timeoutMs: attemptSeconds * 1_000, mostBytes }),
      salesforce: new SalesforceSource({
        ...{ client: salesforceClient, budgets, apiVersion: config.salesforceApiVersion, mostBytes },
        sessions: new Sessions({ client: salesforceClient, ...means }),
        connectionOf: (organizationId) => connections.connectionOf(organizationId),
      }),
    },
    credentialsOf: (importId) => credentials.of(importId),
    forgetCredentials: forget,
  });
  const importer: Importer = new Importer({
    ...{ readModel, claims, performer, clock, watch, whenLevel, logger, attemptSeconds },
    isOn: config.performsImports,
    log: log.id,
    lock: new FolderLock(join(config.dataDir, 'importer.lock'), log.id),
    lanes: isSealedStoreShared(config) ? WAITING_LANES : WAITING_LANES.filter((lane) => lane !== 'sealed'),
    own: isSealedStoreShared(config) ? null : new OwnImports({ credentials, readModel, clock, log: log.id }),
    closed: (organizationId, lane, underWay) =>
      lane === 'salesforce' ? closedBy(connections.standing(organizationId), underWay) : null,
    async prepare() {
      await whenLevel(signal);
      await listed;
      const { isNew, ...made } = await mark();
      if (isNew) void tellOfOthers(made, readModel, logger, signal).catch(onTrouble);
    },
    concurrency: config.importConcurrency,
    perOrganization: config.importConcurrencyPerOrganization,
  });
  const expiry = new Expiry({ readModel, claims, connections, mark, clock, observer, onExpired: forget });
  const chores = new Chores({ clock, signal, onTrouble });
  let listed: Promise<void> = Promise.resolve();
  let unwatch = () => {};
  return {
    ...{ importer, claims, connections, budgets, blobs, drafts, look, mark },
    outsideWork: new OutsideWork({ ...{ readModel, claims, clock, mark }, log: log.id }),
    start() {
      // First, so that no change is missed while they are listed.
      unwatch = watch((event) => {
        connections.apply(event);
        const importId = event.type === 'ImportCancelled' ? parseStreamName(event.stream)?.id : undefined;
        if (importId !== undefined) void forget(importId);
      });
      listed = connections.list();
      importer.start();
      if (!importer.isOn) return;
      chores.every(0, DAY_MS, () => drafts.removeLeftovers());
      chores.every(MINUTE_MS, MINUTE_MS, (ending) => expiry.run(ending));
    },
    async stop(graceMs) {
      await importer.stop(graceMs);
      stopping.abort();
      unwatch();
      await chores.ended();
      await Promise.all([urlClient.close(), salesforceClient.close(), looks.close()]);
      await blobs?.close();
    },
  };
}

/** A node that performs no imports may have no place for their bytes. */
const NO_BLOBS: Pick<BlobStore, 'keep'> = {
  keep: () => Promise.reject(new StorageUnavailable('this node has no BLOBS_URL')),
};

/** Null: the node is one of several, as far as it knows, and has no place that they share. */
async function openBlobs(config: Config, log: EventLog, warn: (message: string) => void): Promise<BlobStore | null> {
  return config.eventStoreUrl !== null && config.blobs === null ? null : openBlobStore(config, log, warn);
}

/** The result of work that is done once, unless it fails. */
function kept<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | null = null;
  return () => {
    result ??= work().catch((error) => {
      result = null;
      throw error;
    });
    return result;
  };
}

function closedBy(standing: ConnectionStanding, underWay: number): Closed | null {
  switch (standing.kind) {
    case 'ready':
      return standing.isOnTrial && underWay > 0 ? { untilMs: Date.now() + TRIAL_MS } : null;
    case 'paused':
      return { untilMs: standing.until?.getTime() ?? null };
    default:
      return { untilMs: null };
  }
}

/** Where images with a URL may be. */
function urlDestinations(config: Config, openUrl: () => string | null): Destinations {
  return new Destinations({
    ...{ mayUseHttp: true, mayUseLoopback: false, proxies: config.proxies },
    ...{ allowedHosts: config.importAllowedHosts, allowedPorts: config.importAllowedPorts },
    settings: { hosts: 'IMPORT_ALLOWED_HOSTS', ports: 'IMPORT_ALLOWED_PORTS' },
    get openUrl() {
      return openUrl();
    },
  });
}

/** Says what waits and is not performed, when this installation performs imports for the first time. */
async function tellOfOthers(
  mark: Mark,
  readModel: ReadModel,
  logger: ImportingParts['logger'],
  signal: AbortSignal,
): Promise<void> {
  let imports = 0;
  for await (const _ of notPerformed(readModel, mark, Number.NEGATIVE_INFINITY, signal)) imports += 1;
  if (imports === 0) return;
  logger.warn(
    { imports },
    'imports wait that were asked for before this installation performed any, or were loaded: they are not performed by themselves. ' +
      '`npx imports work --since TIME --dry-run` says how many there are since a time, and without --dry-run it performs them',
  );
}
