import { join } from 'node:path';
import { executor } from '../../../src/commands/execute.ts';
import { importDecider } from '../../../src/commands/import.ts';
import { decode } from '../../../src/events/decode.ts';
import { openEmbeddedLog } from '../../../src/events/embedded/open.ts';
import { LogUnavailable } from '../../../src/events/errors.ts';
import type { EventLog, RecordedEvent } from '../../../src/events/event-log.ts';
import type { DomainEvent } from '../../../src/events/event-types.ts';
import type { Params } from '../../../src/events/import-events.ts';
import { newId } from '../../../src/events/new-id.ts';
import { observedLog } from '../../../src/events/observed-log.ts';
import { streamName } from '../../../src/events/streams.ts';
import type { WholeDraft } from '../../../src/importer/blobs/blob-store.ts';
import { Drafts } from '../../../src/importer/blobs/draft.ts';
import { Claims } from '../../../src/importer/claims.ts';
import { FolderLock } from '../../../src/importer/folder-lock.ts';
import { Importer } from '../../../src/importer/importer.ts';
import type { ImporterParts } from '../../../src/importer/importer-parts.ts';
import { Keeping } from '../../../src/importer/keeping.ts';
import type { EndedAttempt } from '../../../src/importer/observer.ts';
import { Performer } from '../../../src/importer/performer.ts';
import { openEmbeddedReadModel } from '../../../src/projections/embedded/embedded-read-model.ts';
import { InlineProjector } from '../../../src/projections/inline-projector.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { WAITING_LANES } from '../../../src/projections/views/import-view.ts';
import type { Clock } from '../../../src/time/clock.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { until } from '../../support/until.ts';
import { FakeSource } from './fake-source.ts';

export const A = '2cb9eb0f-038c-4fa9-a4e8-aba57b177a83';
export const B = 'a3b1f2f0-7d5c-4c58-9d59-6a2f7a6f4f10';

/** A worker in a world, with a source of its own. */
export interface WorldWorker {
  readonly importer: Importer;
  readonly source: FakeSource;
  readonly lock: FolderLock;
  readonly ended: readonly EndedAttempt[];
}

export interface WorkerOptions extends Partial<ImporterParts> {
  /** How much its time of day is ahead of the others', in milliseconds. */
  readonly aheadMs?: number;
  /** Its data folder; one of its own unless set. */
  readonly folder?: string;
  readonly keep?: (draft: WholeDraft) => Promise<void>;
}

/** Workers on one embedded log and its views, on a clock that a test moves. */
export class World {
  readonly clock = new FakeClock();
  readonly directory = temporaryDirectory();
  readonly warnings: string[] = [];
  /** How often the log was read, and what was asked of the views. */
  readonly asked = { streams: 0, views: 0 };
  log!: EventLog;
  readModel!: ReadModel;
  claims!: Claims;
  /** From which position on imports are performed. */
  performedAfter = 0n;
  isLogAway = false;
  readonly #listeners = new Set<(event: RecordedEvent) => void>();
  readonly #workers: Importer[] = [];
  #seen = 0n;
  #folders = 0;

  async open(): Promise<this> {
    const file = (name: string) => join(this.directory.path, name);
    const log = await openEmbeddedLog({ file: file('events.db') });
    this.readModel = await openEmbeddedReadModel({ file: file('views.db') });
    this.log = {
      ...observedLog(log, { appended: () => {}, appendFailed: () => {} }),
      readStream: (...read) => {
        this.asked.streams += 1;
        this.#assertLog();
        return log.readStream(...read);
      },
      append: async (stream, events, expected) => {
        this.#assertLog();
        // Things happen at the time of this world.
        const occurred_at = new Date(this.clock.now()).toISOString();
        const dated = events.map((event) => ({
          ...event,
          metadata: JSON.stringify({ ...JSON.parse(event.metadata), occurred_at }),
        }));
        const appended = await log.append(stream, dated, expected);
        const news = await log.readAll(this.#seen, 100);
        this.#seen = news.at(-1)?.position ?? this.#seen;
        for (const event of news) for (const listener of this.#listeners) listener(event);
        return appended;
      },
    };
    const inline = new InlineProjector(this.readModel);
    const execute = executor(this.log, {
      expect: (ids) => inline.expect(ids),
      dismiss: (expected) => inline.dismiss(expected),
      // The metadata that was appended has another time.
      project: async (expected, events, history, before) => {
        const [first] = events;
        const recorded = await log.readStream(first?.stream ?? '', first?.revision);
        return inline.project(expected, recorded.map(decode), history, before);
      },
    } as InlineProjector);
    this.execute = execute;
    this.claims = new Claims({
      ...{ execute, log: this.log, now: () => this.clock.now(), random: () => 0.5 },
      performed: async () => ({ log: this.log.id, after: this.performedAfter }),
    });
    return this;
  }

  execute!: ReturnType<typeof executor>;

  /** Asks for an import; gives its id. */
  async request(organization = A, params: Params = { url: 'https://example.com/1.png' }): Promise<string> {
    const id = newId();
    const command = {
      ...({ type: 'CreateImport', import_type: null, album_id: null, redacted: [] } as const),
      ...{ organization_id: organization, params },
    };
    const context = { organization_id: organization, request_id: newId() };
    await this.execute(importDecider, streamName('import', id), command, context, { isProbablyNew: true });
    return id;
  }

  /** A worker that has not started. */
  worker({ aheadMs = 0, folder, keep = async () => {}, ...parts }: WorkerOptions = {}): WorldWorker {
    const clock: Clock = {
      now: () => this.clock.now() + aheadMs,
      elapsed: () => this.clock.elapsed(),
      after: (ms, work) => this.clock.after(ms, work),
    };
    this.#folders += 1;
    const source = new FakeSource();
    const ended: EndedAttempt[] = [];
    const lock = new FolderLock(folder ?? join(this.directory.path, `lock-${this.#folders}`), this.log.id);
    const claims = new Claims({
      ...{ execute: this.execute, log: this.log, now: () => clock.now(), random: () => 0.5 },
      performed: async () => ({ log: this.log.id, after: this.performedAfter }),
    });
    const warn = (fields: object, message: string) => this.warnings.push(`${message} ${JSON.stringify(fields)}`);
    const performer = new Performer({
      ...{ claims, clock, blobs: { keep } },
      drafts: new Drafts({ folder: join(this.directory.path, 'tmp'), limitBytes: 1_000_000, floorBytes: 0 }),
      look: async () => ({ format: 'png', contentType: 'image/png', width: 480, height: 320 }),
      sources: { url: source, salesforce: source },
      credentialsOf: async () => null,
      forgetCredentials: async () => {},
      connections: { attemptEnded: () => {} },
      keeping: new Keeping(clock),
      observer: { attemptEnded: (attempt) => ended.push(attempt) },
      logger: { warn, error: warn },
    });
    const importer = new Importer({
      ...{ isOn: true, log: this.log.id, readModel: this.readModel, claims, performer, lock, clock },
      ...{ lanes: WAITING_LANES, own: null, closed: () => null },
      watch: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      ...{ prepare: async () => {}, whenLevel: async () => {} },
      ...{ concurrency: 20, perOrganization: 10, attemptSeconds: 120, logger: { warn } },
      ...parts,
    });
    this.#workers.push(importer);
    return { importer, source, lock, ended };
  }

  /** A worker that has started. */
  started(options?: WorkerOptions): WorldWorker {
    const worker = this.worker(options);
    worker.importer.start();
    return worker;
  }

  async story(id: string): Promise<DomainEvent[]> {
    const recorded = await this.log.readStream(streamName('import', id));
    this.asked.streams -= 1;
    return recorded.map(decode);
  }

  /** The types of its events after the request, without `Import`. */
  async types(id: string): Promise<string[]> {
    return (await this.story(id)).slice(1).map(({ type }) => type.slice('Import'.length));
  }

  #assertLog(): void {
    if (this.isLogAway) throw new LogUnavailable('the test says so');
  }

  async close(): Promise<void> {
    this.isLogAway = false;
    let isStopped = false;
    void Promise.all(this.#workers.map((importer) => importer.stop(0))).then(() => {
      isStopped = true;
    });
    await until('all have stopped', async () => {
      await this.clock.pass(100);
      return isStopped;
    });
    await this.readModel.close();
    await this.log.close();
    this.directory.remove();
  }
}
