import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { reasonOf } from '../../reason-of.ts';
import { isSchemaTrouble } from '../../sqlite/errors.ts';
import { UntouchedReading } from '../../sqlite/reading.ts';
import {
  type BesideStatus,
  type Checkpoint,
  type ImportPage,
  type ImportQuery,
  type Owner,
  type QuarantinedEvent,
  type ReadModel,
  ReadModelUnavailable,
  type Stored,
} from '../read-model.ts';
import type { ViewKind } from '../views.ts';
import { FromEarlierStart, isFromThisStart } from './machine-start.ts';
import { BUSY_TIMEOUT_MS, ViewsReader } from './reader.ts';
import { isOurSchema, WrongSchema } from './schema.ts';
import { besideOf } from './version-beside.ts';
import { databaseOf } from './version-files.ts';
import { damageIn, whyViewsUnusable } from './views-file.ts';

/**
 * views.db for who only looks: nothing is made, nothing is written, nothing is set aside. What the service would throw away and build anew
 * (damage, another schema, a file from before this machine was started) counts as no views at all, which is said once.
 */
export class EmbeddedViewsForReading implements ReadModel {
  readonly #file: string;
  readonly #onNotice: (message: string) => void;
  readonly #reading: UntouchedReading<ViewsReader>;
  #isNoticed = false;

  constructor(file: string, onNotice: (message: string) => void) {
    this.#file = file;
    this.#onNotice = onNotice;
    this.#reading = new UntouchedReading(
      () => databaseOf(file),
      BUSY_TIMEOUT_MS,
      (database) => {
        if (!isOurSchema(database)) throw new WrongSchema('it is not of this version of the program');
        if (!isFromThisStart(database)) throw new FromEarlierStart();
        return new ViewsReader(database);
      },
    );
  }

  async get<K extends ViewKind>(kind: K, id: string, organizationId?: string): Promise<Stored<K> | null> {
    return this.#read((views) => views.get(kind, id, organizationId), null);
  }

  async ownerOf(kind: ViewKind, id: string): Promise<Owner | null> {
    return this.#read((views) => views.ownerOf(kind, id), null);
  }

  async getMany<K extends ViewKind>(kind: K, ids: readonly string[]): Promise<Map<string, Stored<K>>> {
    const found = this.#read((views) => views.getMany(kind, ids), []);
    return new Map(found.map((stored) => [stored.view.id, stored]));
  }

  async listImports(query: ImportQuery): Promise<ImportPage> {
    return this.#read((views) => views.listImports(query), { imports: [], isLast: true });
  }

  async page<K extends ViewKind>(kind: K, after: string | null, limit: number): Promise<Stored<K>[]> {
    return this.#read((views) => views.page(kind, after, limit), []);
  }

  async checkpoint(): Promise<Checkpoint | null> {
    return this.#read((views) => views.checkpoint(), null);
  }

  async quarantined(limit?: number, after?: QuarantinedEvent): Promise<QuarantinedEvent[]> {
    return this.#read((views) => views.quarantined(limit, after), []);
  }

  async besideStatus(): Promise<BesideStatus | null> {
    try {
      return besideOf(this.#file)?.status ?? null;
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  write = readOnly;
  repair = readOnly;
  clear = readOnly;
  beside = readOnly;

  async close(): Promise<void> {
    this.#reading.letGo();
  }

  #read<T>(read: (views: ViewsReader) => T, nothing: T): T {
    if (!this.#isThere()) return nothing;
    try {
      return this.#reading.read(read);
    } catch (error) {
      const isUseless = damageIn(error) !== null || error instanceof FromEarlierStart || isSchemaTrouble(error);
      if (!isUseless) throw this.#unavailable(error);
      this.#notice(reasonOf(error));
      return nothing;
    }
  }

  #isThere(): boolean {
    return existsSync(databaseOf(this.#file));
  }

  #notice(reason: string): void {
    if (this.#isNoticed) return;
    this.#isNoticed = true;
    this.#onNotice(`${basename(this.#file)} cannot be used (${reason}): the service builds it anew when it starts.`);
  }

  #unavailable(error: unknown): ReadModelUnavailable {
    return new ReadModelUnavailable(whyViewsUnusable(error, this.#file, true), error);
  }
}

function readOnly(): Promise<never> {
  return Promise.reject(new Error('The read model was opened for reading'));
}
