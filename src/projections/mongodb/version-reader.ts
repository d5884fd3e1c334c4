import type { Found } from '../../mongodb/document.ts';
import type { Passage } from '../../mongodb/gate.ts';
import { GatedCollection } from '../../mongodb/gated-collection.ts';
import type { Checkpoint } from '../projector-store.ts';
import type { StoredFields, VersionReader } from '../versions.ts';
import { CheckpointDocument } from './checkpoint-document.ts';
import { collectionsOf } from './collections.ts';
import { plainText } from './documents.ts';
import { findMany, findPage } from './find.ts';

/** Reads a version whose views may have any fields. */
export class MongoVersionReader implements VersionReader {
  readonly #gate: Passage;
  readonly #name: string;

  constructor(gate: Passage, name: string) {
    this.#gate = gate;
    this.#name = name;
  }

  checkpoint(): Promise<Checkpoint | null> {
    return new CheckpointDocument(collectionsOf(this.#gate, this.#name, {}).checkpoint).read();
  }

  async page(table: string, after: string | null, limit: number): Promise<StoredFields[]> {
    return (await findPage(this.#documents(table), after, limit)).map(storedFields);
  }

  async getMany(table: string, ids: readonly string[]): Promise<Map<string, StoredFields>> {
    const found = (await findMany(this.#documents(table), ids)).map(storedFields);
    return new Map(found.map((view) => [view.id, view]));
  }

  async close(): Promise<void> {}

  #documents(table: string): GatedCollection {
    return new GatedCollection(this.#gate, `${table}_${this.#name}`);
  }
}

/** Only text and null are fields; the revision and the length of the field that bounds a page are not. */
function storedFields({ _id, revision, ...document }: Found): StoredFields {
  const fields = Object.entries(document).flatMap(([field, value]): [string, string | null][] => {
    if (value === null) return [[field, null]];
    return typeof value === 'string' ? [[field, plainText(value)]] : [];
  });
  return { id: plainText(_id), revision: Number(revision), fields: new Map(fields) };
}
