import {
  type Batch,
  type BesideStatus,
  type Checkpoint,
  type ImportPage,
  type ImportQuery,
  type Owner,
  type Paged,
  type QuarantinedEvent,
  type ReadModel,
  ReadModelUnavailable,
  type Stored,
  type Unreadable,
  type VersionBeside,
  type WriteOutcome,
} from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import type { Version } from './version.ts';

/** Where a read model takes the version that a call works on, from its beginning to its end. */
export interface VersionSource {
  current(): Promise<Version>;
  /** What is current at this moment, rather than a little before. */
  afresh(): Promise<Version>;
}

/** The versions beside the live one. */
export interface VersionsBeside {
  open(madeBy: string): Promise<VersionBeside>;
  status(): Promise<BesideStatus | null>;
}

/** The read model in a MongoDB database that several nodes share. Reads and writes go to the primary. */
export class MongoReadModel implements ReadModel {
  readonly #version: VersionSource;
  readonly #beside: VersionsBeside;
  readonly #onClose: () => Promise<void>;
  readonly #underWay = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  /** @param onClose is called once, when the last call has ended */
  constructor(version: VersionSource, beside: VersionsBeside, onClose: () => Promise<void>) {
    this.#version = version;
    this.#beside = beside;
    this.#onClose = onClose;
  }

  get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Promise<Stored<K> | null> {
    return this.#call((version) => version.get(kind, id, organizationId));
  }

  ownerOf(kind: ViewKind, id: string): Promise<Owner | null> {
    return this.#call((version) => version.ownerOf(kind, id));
  }

  getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K> | Unreadable>> {
    return this.#call((version) => version.getMany(kind, ids));
  }

  listImports(query: ImportQuery): Promise<ImportPage> {
    return this.#call((version) => version.listImports(query));
  }

  page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Paged<K>[]> {
    return this.#call((version) => version.page(kind, after, limit));
  }

  write(batch: Batch): Promise<WriteOutcome[]> {
    return this.#call((version) => version.write(batch));
  }

  checkpoint(): Promise<Checkpoint | null> {
    return this.#call((version) => version.checkpoint());
  }

  repair<K extends ViewKind>(
    kind: K,
    id: string,
    before: Stored<K> | Unreadable | null,
    after: Stored<K> | null,
  ): Promise<WriteOutcome> {
    return this.#call((version) => version.repair({ kind, id, before, after }));
  }

  quarantined(limit?: number, after?: QuarantinedEvent): Promise<QuarantinedEvent[]> {
    return this.#call((version) => version.quarantined(limit, after));
  }

  clear(): Promise<void> {
    return this.#track(async () => (await this.#version.afresh()).clear());
  }

  beside(madeBy: string): Promise<VersionBeside> {
    return this.#track(() => this.#beside.open(madeBy));
  }

  besideStatus(): Promise<BesideStatus | null> {
    return this.#track(() => this.#beside.status());
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay).then(this.#onClose);
    return this.#closing;
  }

  #call<T>(work: (version: Version) => Promise<T>): Promise<T> {
    return this.#track(async () => work(await this.#version.current()));
  }

  /** Every call of the port: refused once it is closed, and finished before it is closed. */
  async #track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== null) throw new ReadModelUnavailable('it is closed');
    const working = work();
    this.#underWay.add(working);
    try {
      return await working;
    } finally {
      this.#underWay.delete(working);
    }
  }
}
