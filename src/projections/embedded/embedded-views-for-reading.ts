import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { reasonOf } from '../../errors/reason-of.ts';
import { isSchemaTrouble } from '../../sqlite/errors.ts';
import { assertSchema } from '../../sqlite/own-schema.ts';
import { UntouchedReading } from '../../sqlite/reading.ts';
import { damageIn, whyReplaceableUnusable } from '../../sqlite/replaceable-file.ts';
import { ReadModelUnavailable } from '../errors.ts';
import type { Checkpoint, QuarantinedEvent } from '../projector-store.ts';
import type { ListedKind, ListPage, ListQuery, Owner, Stored } from '../queries.ts';
import type { ReadModelReader } from '../read-model.ts';
import { shapesOf } from '../views/declare-view.ts';
import { type ViewKind, views } from '../views.ts';
import { FromEarlierStart, isFromThisStart } from './machine-start.ts';
import { workOver } from './queue-reader.ts';
import { BUSY_TIMEOUT_MS, ViewsReader } from './reader.ts';
import { schemaFor } from './schema.ts';

/**
 * The views for commands that only read: nothing is made or written. A file that the service would throw away and rebuild (damage,
 * another schema, written before this machine was started) counts as empty, with one notice.
 */
export class EmbeddedViewsForReading implements ReadModelReader {
  readonly work = workOver(async (read, nothing) => this.#read(({ queue }) => read(queue), nothing));
  readonly #file: string;
  readonly #onNotice: (message: string) => void;
  readonly #reading: UntouchedReading<ViewsReader>;
  #isNoticed = false;

  constructor(file: string, onNotice: (message: string) => void) {
    this.#file = file;
    this.#onNotice = onNotice;
    const shapes = shapesOf(views);
    this.#reading = new UntouchedReading(
      () => file,
      BUSY_TIMEOUT_MS,
      (database) => {
        assertSchema(database, schemaFor(shapes));
        if (!isFromThisStart(database)) throw new FromEarlierStart();
        return new ViewsReader(database, shapes);
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

  async list<K extends ListedKind>(kind: K, query: ListQuery<K>): Promise<ListPage<K>> {
    return this.#read((views) => views.list(kind, query), { items: [], isLast: true });
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

  async close(): Promise<void> {
    this.#reading.letGo();
  }

  #read<T>(read: (views: ViewsReader) => T, nothing: T): T {
    if (!existsSync(this.#file)) return nothing;
    try {
      return this.#reading.read(read);
    } catch (error) {
      const isUseless = damageIn(error) !== null || error instanceof FromEarlierStart || isSchemaTrouble(error);
      if (!isUseless) throw this.#unavailable(error);
      this.#notice(reasonOf(error));
      return nothing;
    }
  }

  #notice(reason: string): void {
    if (this.#isNoticed) return;
    this.#isNoticed = true;
    this.#onNotice(`${basename(this.#file)} cannot be used (${reason}): the service rebuilds it when it starts.`);
  }

  #unavailable(error: unknown): ReadModelUnavailable {
    return new ReadModelUnavailable(whyReplaceableUnusable(error, this.#file, true), error);
  }
}
