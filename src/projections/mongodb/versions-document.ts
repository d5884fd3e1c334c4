import { fromStorable, toStorable } from '../exact-text.ts';
import { ReadModelUnavailable } from '../read-model.ts';
import { insertNew } from './collections.ts';
import { type Found, SCHEMA } from './documents.ts';
import type { Passage } from './gate.ts';
import { GatedCollection } from './gated-collection.ts';

/** The only document of its collection. */
const ID = 'versions';

const ANOTHER_PROGRAMS =
  'another version of this program wrote which of the views are live: run that one, or drop the database of MONGODB_URL';

/** Which versions of the views there are. */
export interface Versions {
  /** The id of the live one; null: the first, which has none. */
  readonly live: string | null;
  readonly beside: Beside | null;
  /** How often the document was changed; 0: it is not there. */
  readonly changes: number;
}

/** The version that a replay fills, or left unfinished. */
export interface Beside {
  readonly id: string;
  readonly madeBy: string;
  /** Whose it is; null: it was left. */
  readonly owner: string | null;
}

/**
 * The document that says which version is live, which one is beside it, and who fills that one. All of it is one document, so that
 * each change is one step: the version beside becomes the live one and is no longer beside at the same moment.
 */
export class VersionsDocument {
  readonly #collection: GatedCollection;

  constructor(gate: Passage) {
    // What a majority has not confirmed may be taken back, and with it the version that went live by it.
    this.#collection = new GatedCollection(gate, 'versions', { readConcern: { level: 'majority' } });
  }

  /** @throws {ReadModelUnavailable} */
  async read(): Promise<Versions> {
    const found = await this.#collection.ask((there) => there.findOne({ _id: ID }));
    return found === null ? { live: null, beside: null, changes: 0 } : versionsOf(found);
  }

  /** Puts this version beside the live one; false where anything has changed since `seen`. @throws {ReadModelUnavailable} */
  async take({ live, changes }: Versions, { id, madeBy, owner }: Beside): Promise<boolean> {
    const fields = { beside: id, made_by: toStorable(madeBy), owner };
    if (changes > 0) return this.#change({ changes }, fields);
    const document = { _id: ID, schema: SCHEMA, live, ...fields, changes: 1 };
    return insertNew(this.#collection, document);
  }

  /** Shows that the owner is alive; false where it owns nothing any more. @throws {ReadModelUnavailable} */
  beat(owner: string): Promise<boolean> {
    return this.#change({ owner }, {});
  }

  /** Leaves the owner's version to whoever comes. @throws {ReadModelUnavailable} */
  release(owner: string): Promise<boolean> {
    return this.#change({ owner }, { owner: null });
  }

  /** Makes the owner's version the live one; false where it owns nothing any more. @throws {ReadModelUnavailable} */
  async goLive(owner: string, id: string): Promise<boolean> {
    const isChanged = await this.#change({ owner }, { live: id, beside: null, made_by: null, owner: null });
    // Where it is live already, this is its second try, the first one's answer having been lost.
    return isChanged || (await this.read()).live === id;
  }

  /** Forgets the owner's version; false where it owns nothing any more. @throws {ReadModelUnavailable} */
  discard(owner: string): Promise<boolean> {
    return this.#change({ owner }, { beside: null, made_by: null, owner: null });
  }

  async #change(where: { owner: string } | { changes: number }, fields: object): Promise<boolean> {
    const update = { ...(Object.keys(fields).length > 0 && { $set: fields }), $inc: { changes: 1 } };
    const { matchedCount } = await this.#collection.ask((there) => there.updateOne({ _id: ID, ...where }, update));
    return matchedCount === 1;
  }
}

function versionsOf({ schema, live, beside, made_by, owner, changes }: Found): Versions {
  const isOurs = schema === SCHEMA && isTextOrNull(live) && isTextOrNull(beside) && isTextOrNull(owner);
  if (!isOurs || typeof changes !== 'number') {
    throw new ReadModelUnavailable(ANOTHER_PROGRAMS);
  }
  return { live, beside: beside === null ? null : { id: beside, madeBy: fromStorable(made_by), owner }, changes };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
