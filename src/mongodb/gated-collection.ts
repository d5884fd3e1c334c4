import type { Collection, CollectionOptions } from 'mongodb';
import type { Asked } from './bounds.ts';
import type { Shaped } from './document.ts';
import type { Passage } from './gate.ts';

/** A collection, reached through the gate by any client. */
export class GatedCollection {
  readonly name: string;
  readonly #gate: Passage;
  readonly #options: CollectionOptions;

  constructor(gate: Passage, name: string, options: CollectionOptions = {}) {
    this.name = name;
    this.#gate = gate;
    this.#options = options;
  }

  /** Makes a round trip to the collection through the gate. @throws {Unavailable} */
  ask<T>(roundTrip: (collection: Collection<Shaped>) => Promise<T>, asked?: Asked): Promise<T> {
    return this.#gate.pass((database) => roundTrip(database.collection<Shaped>(this.name, this.#options)), asked);
  }
}
