import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Execute } from '../commands/execute.ts';
import type { EventLog, RecordedEvent } from '../events/event-log.ts';
import { serviceMark } from '../events/service-mark.ts';
import { parseStreamName } from '../events/streams.ts';
import { type BlobStore, StorageUnavailable } from '../importer/blobs/blob-store.ts';
import { Drafts } from '../importer/blobs/draft.ts';
import { sweep } from '../importer/blobs/sweep.ts';
import type { BringParts } from '../importer/brought.ts';
import { Chores } from '../importer/chores.ts';
import { Claims } from '../importer/claims.ts';
import type { ConnectionStanding, Connections } from '../importer/connections.ts';
import { Expiry } from '../importer/expiry.ts';
import { FolderLock } from '../importer/folder-lock.ts';
import { Looks } from '../importer/images/look.ts';
import { Importer } from '../importer/importer.ts';
import { Keeping } from '../importer/keeping.ts';
import { ensureMark, markIn } from '../importer/mark.ts';
import { sayWhatIsNotPerformed, sayWhatOlderReleasesTake } from '../importer/not-performed.ts';
import type { ImportObserver } from '../importer/observer.ts';
import { OutsideWork } from '../importer/outside-work.ts';
import { Performer } from '../importer/performer.ts';
import type { Closed } from '../importer/queue.ts';
import { OwnImports } from '../importer/sealed/own-imports.ts';
import type { Budgets } from '../importer/sources/salesforce/budgets.ts';
import { UrlSource } from '../importer/sources/url.ts';
import { Destinations } from '../outbound/destinations.ts';
import { GuardedClient } from '../outbound/guarded-client.ts';
import type { ReadModel } from '../projections/read-model.ts';
import { WAITING_LANES } from '../projections/views/import-view.ts';
import type { Config } from '../settings/config.ts';
import { openBlobStore } from '../stores/open-blobs.ts';
import { isSealedStoreShared } from '../stores/open-sealed.ts';
import { type Clock, systemClock } from '../time/clock.ts';
import { seldom } from '../time/seldom.ts';
import type { Keys } from '../tokens/keys.ts';
import { salesforceFetching } from './salesforce-fetching.ts';
import type { SealedCredentials } from './sealed-credentials.ts';

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
  readonly keeping: Keeping;
  readonly outsideWork: OutsideWork;
  /** Resolves once what is asked for from now on is performed, unless the log is away. */
  start(): Promise<void>;
  /** Stops performing, and gives back what is not done after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface ImportingParts {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  readonly execute: Execute;
  readonly keys: Keys;
  readonly sealed: Pick<SealedCredentials, 'credentials' | 'store'>;
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
  /** The system's, unless set. */
  readonly clock?: Clock;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The store of bytes is swept soon after the start, since some services are started every day. */
const FIRST_SWEEP_MS = 10 * MINUTE_MS;

/** While a connection is on trial with one import, it is looked again so often whether there may be more. */
const TRIAL_MS = 1_000;

/** Puts together what performs imports. It does not start yet. @throws {BadConfig | OtherBlobs | StorageUnavailable} */
export async function importing(config: Config, parts: ImportingParts): Promise<Importing> {
  const { log, readModel, execute, keys, whenLevel, watch, observer, logger } = parts;
  const { importMostBytes: mostBytes, importAttemptSeconds: attemptSeconds } = config;
  const { credentials, store: sealed } = parts.sealed;
  const clock = parts.clock ?? systemClock;
  const stopping = new AbortController();
  const { signal } = stopping;
  const onTrouble = seldom((err: unknown) =>
    logger.warn({ err }, 'what imports need waits, and goes on by itself (this is said once in a while)'),
  );
  const salesforce = salesforceFetching(config, {
    ...{ log, readModel, execute, keys, sealed, clock, signal, onTrouble },
    onChange(organizationId) {
      importer.connectionChanged(organizationId);
      parts.onConnectionChange(organizationId);
    },
  });
  const { connections, budgets } = salesforce;
  const blobs = await openBlobs(config, log, (message) => logger.warn(message));
  const mark = kept(() => ensureMark(log, execute, serviceMark(config, log)));
  const claims = new Claims({
    ...{ execute, log, now: () => clock.now() },
    performed: async () => (await mark()).performed,
  });
  const drafts = new Drafts({ folder: join(config.dataDir, 'tmp'), limitBytes: mostBytes });
  const looks = new Looks();
  const keeping = new Keeping(clock);
  const look = (path: string) => looks.lookAt(path);
  const client = new GuardedClient(urlDestinations(config, parts.openUrl));
  const isShared = isSealedStoreShared(config);
  const forgetCredentials = (importId: string) => credentials.forget(importId).catch(onTrouble);
  const performer = new Performer({
    ...{ claims, drafts, connections, keeping, observer, logger, clock, look, forgetCredentials },
    blobs: blobs ?? NO_BLOBS,
    sources: {
      url: new UrlSource({ client, timeoutMs: attemptSeconds * 1_000, mostBytes }),
      salesforce: salesforce.source,
    },
    credentialsOf: (importId) => credentials.of(importId),
  });
  const importer: Importer = new Importer({
    ...{ readModel, claims, performer, clock, watch, whenLevel, logger, attemptSeconds },
    isOn: config.performsImports,
    log: log.id,
    lock: new FolderLock(join(config.dataDir, 'importer.lock'), log.id),
    lanes: WAITING_LANES.filter((lane) => isShared || lane !== 'sealed'),
    own: isShared ? null : new OwnImports({ credentials, readModel, clock, log: log.id }),
    closed: (organizationId, lane, underWay) =>
      lane === 'salesforce' ? closedBy(connections.standing(organizationId), underWay) : null,
    async prepare() {
      // First: what is asked for before it is not performed.
      const { isNew, ...made } = await mark();
      await whenLevel(signal);
      await listed;
      if (isNew) void sayWhatIsNotPerformed(readModel, made, logger, signal).catch(onTrouble);
    },
    concurrency: config.importConcurrency,
    perOrganization: config.importConcurrencyPerOrganization,
  });
  let isMarked = config.performsImports;
  const expiry = new Expiry({
    ...{ readModel, claims, connections, clock, observer, forgetCredentials },
    // A node that performs none makes no mark.
    async mark() {
      isMarked ||= (await markIn(log, serviceMark(config, log))) !== null;
      return isMarked ? mark() : null;
    },
  });
  const chores = new Chores({ clock, signal, onTrouble });
  let listed: Promise<void> = Promise.resolve();
  let unwatch = () => {};
  return {
    ...{ importer, claims, connections, budgets, blobs, drafts, look, keeping },
    outsideWork: new OutsideWork({ readModel, claims, clock, mark, log: log.id }),
    async start() {
      // First, so that no change is missed while they are listed.
      const sayIfOlder = importer.isOn ? sayWhatOlderReleasesTake(logger) : () => {};
      unwatch = watch((event) => {
        connections.apply(event);
        keeping.saw(event);
        sayIfOlder(event);
        if (event.type === 'ImportCancelled') void forgetCredentials(parseStreamName(event.stream)?.id ?? '');
      });
      listed = connections.list();
      importer.start();
      // Also those that workers outside have brought.
      chores.every(0, HOUR_MS, () => drafts.removeLeftovers());
      // Also where only workers outside perform imports: they do not take all.
      chores.every(MINUTE_MS, MINUTE_MS, (ending) => expiry.run(ending));
      if (!importer.isOn) return;
      if (blobs !== null) {
        chores.every(FIRST_SWEEP_MS, DAY_MS, async (ending) =>
          observer.swept(await sweep({ store: blobs, log, signal: ending, now: new Date() })),
        );
      }
      await mark().catch(onTrouble);
    },
    async stop(graceMs) {
      stopping.abort();
      unwatch();
      await importer.stop(graceMs);
      await chores.ended();
      await Promise.all([client.close(), salesforce.close(), looks.close()]);
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
