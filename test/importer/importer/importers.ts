import { join } from 'node:path';
import { Drafts } from '../../../src/importer/blobs/draft.ts';
import { Claims } from '../../../src/importer/claims.ts';
import { FolderLock } from '../../../src/importer/folder-lock.ts';
import { Importer } from '../../../src/importer/importer.ts';
import type { ImporterParts } from '../../../src/importer/importer-parts.ts';
import { Keeping } from '../../../src/importer/keeping.ts';
import { Performer } from '../../../src/importer/performer.ts';
import { WAITING_LANES } from '../../../src/projections/views/import-view.ts';
import type { Clock } from '../../../src/time/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakeSource } from '../../support/fake-source.ts';
import { type ImportStores, openImportStores } from '../../support/import-stores.ts';
import { MemoryBlobs } from '../../support/memory-blobs.ts';
import { ORGANIZATION } from '../../support/service.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';

export const SECOND_MS = 1_000;
export const CLAIM = { worker: 'another worker', seconds: 120, lostClaim: null };

/** A worker of a test: what it asks for, and what it is given. */
interface Worker {
  readonly importer: Importer;
  readonly source: FakeSource;
  readonly blobs: MemoryBlobs;
}

/** Importers on stores of their own, anew for each test of one `describe`. */
export function importers(): Importers {
  const its = new Importers();
  beforeEach(async () => {
    its.directory = temporaryDirectory();
    its.stores = await openImportStores();
    its.clock = new FakeClock();
    // What a test asks for then is due by this clock.
    await its.clock.pass(60 * SECOND_MS);
  });
  afterEach(async () => {
    await Promise.all(its.workers.splice(0).map((worker) => its.stopped(worker)));
    await its.stores.close();
    its.directory.remove();
  });
  return its;
}

class Importers {
  directory!: ReturnType<typeof temporaryDirectory>;
  stores!: ImportStores;
  clock!: FakeClock;
  readonly workers: Worker[] = [];

  claimsBy = (time: Clock) => {
    const performed = async () => ({ log: this.stores.log.id, after: 0n });
    return new Claims({ ...this.stores, performed, now: () => time.now(), random: () => 0.5 });
  };

  /** Starts a worker. Each has a data folder of its own unless one is named. */
  start = async (
    parts: Partial<ImporterParts> = {},
    folder = `importer-${this.workers.length}.lock`,
    time: Clock = this.clock,
  ): Promise<Worker> => {
    const [source, blobs] = [new FakeSource(), new MemoryBlobs()];
    const { log, readModel, watch } = this.stores;
    const claims = this.claimsBy(time);
    const performer = new Performer({
      ...{ claims, blobs, clock: time, sources: { url: source, salesforce: source } },
      drafts: new Drafts({ folder: this.directory.path, limitBytes: 1_000_000 }),
      look: async () => ({ format: 'png', contentType: 'image/png', width: 3, height: 2 }),
      credentialsOf: async () => [],
      forgetCredentials: async () => {},
      connections: { attemptEnded: () => {} },
      keeping: new Keeping(time),
      observer: { attemptEnded: () => {} },
      logger: { warn: () => {}, error: () => {} },
    });
    const importer = new Importer({
      ...{ isOn: true, log: log.id, readModel, claims, performer, clock: time, own: null, watch },
      lock: new FolderLock(join(this.directory.path, folder), log.id),
      lanes: WAITING_LANES,
      closed: () => null,
      prepare: async () => {},
      whenLevel: async () => {},
      ...{ concurrency: 20, perOrganization: 10, attemptSeconds: 120, logger: { warn: () => {} } },
      ...parts,
    });
    const worker = { importer, source, blobs };
    this.workers.push(worker);
    importer.start();
    return worker;
  };

  /** Stops a worker, and lets the time pass that it waits, after `meanwhile`. */
  stopped = async ({ importer }: Worker, meanwhile?: () => Promise<unknown>): Promise<void> => {
    let isStopped = false;
    const stopping = importer.stop(4_000).finally(() => {
      isStopped = true;
    });
    await meanwhile?.();
    await until('it is stopped', async () => {
      await this.clock.pass(SECOND_MS);
      return isStopped;
    });
    await stopping;
  };

  request = (organization = ORGANIZATION, params = {}) =>
    this.stores.request({ organization, params: { url: 'https://example.com/1.png', ...params } });

  requests = (count: number, organization = ORGANIZATION) =>
    Promise.all(Array.from({ length: count }, () => this.request(organization)));

  begun = (worker: Worker, count: number) =>
    until(`${count} are begun`, async () => {
      await this.clock.pass(5);
      return worker.source.begun.length >= count && worker.source.begun.slice(0, count);
    });
  /** Waits, on the clock of the test. */

  eventually = (what: string, condition: () => Promise<unknown> | unknown, stepMs = 100) =>
    until(what, async () => {
      await this.clock.pass(stepMs);
      return (await condition()) as boolean;
    });

  statusOf = async (id: string) => (await this.stores.viewOf(id)).status;
}

export const organizationsOf = ({ source }: Worker) => source.begun.map(({ wanted }) => wanted.organizationId);

export const giveAll = ({ source }: Worker) => {
  source.onBegin = (fetching) => void fetching.give();
  for (const fetching of source.begun) void fetching.give();
};
