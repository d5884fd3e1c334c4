import type { Collection, CollectionOptions } from 'mongodb';
import type { Asked } from './bounds.ts';
import type { Shaped } from './documents.ts';
import type { Passage } from './gate.ts';

/** A collection, whichever client it is reached by, and the gate before it. */
export class GatedCollection {
  readonly name: string;
  readonly #gate: Passage;
  readonly #options: CollectionOptions;

  constructor(gate: Passage, name: string, options: CollectionOptions = {}) {
    this.name = name;
    this.#gate = gate;
    this.#options = options;
  }

  /** What the gate's `pass` says of a round trip to it. @throws {ReadModelUnavailable} */
  ask<T>(roundTrip: (collection: Collection<Shaped>) => Promise<T>, asked?: Asked): Promise<T> {
    return this.#gate.pass((database) => roundTrip(database.collection<Shaped>(this.name, this.#options)), asked);
  }
}
