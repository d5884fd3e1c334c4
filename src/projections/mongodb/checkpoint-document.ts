import { randomUUID } from 'node:crypto';
import type { Found, Shaped } from '../../mongodb/document.ts';
import type { GatedCollection } from '../../mongodb/gated-collection.ts';
import { insertNew, put } from '../../mongodb/single-document.ts';
import { whyLost } from '../checkpoint-rule.ts';
import { CheckpointLost, ReadModelUnavailable } from '../errors.ts';
import { toStorable } from '../exact-text.ts';
import { type Batch, type Checkpoint, type LogPosition, NO_LOG } from '../projector-store.ts';
import { plainText } from './documents.ts';

const ID = 'checkpoint';
/** These documents name the generation whose views were whole once, and when a node last used it. */
const FILLED_ID = 'filled';
const USED_ID = 'used';

type Step = NonNullable<Batch['checkpoint']>;

/**
 * The checkpoint. It is never ahead of the views, although there is no transaction. A step reads the document's `generation` before it
 * writes its views, and moves only the document of that generation. So if the checkpoint was thrown away meanwhile, perhaps with the
 * views of the step, a new checkpoint does not move.
 *
 * Other facts about a version are in separate documents: on FerretDB, two updates of one document may undo each other.
 */
export class CheckpointDocument {
  readonly #collection: GatedCollection;
  readonly #views: readonly string[];

  /** @param views the names of the version's views: another release, which may know fewer, needs them to remove the version */
  constructor(collection: GatedCollection, views: readonly string[] = []) {
    this.#collection = collection;
    this.#views = views;
  }

  /** The fields of all documents, of any release; null if there is no checkpoint. @throws {ReadModelUnavailable} */
  async find(): Promise<Found | null> {
    const found = await this.#collection.ask((there) => there.find().toArray());
    const byId = new Map(found.map((document) => [document._id, document]));
    const checkpoint = byId.get(ID);
    if (checkpoint === undefined) return null;
    const of = (id: string) => {
      const document = byId.get(id);
      return document?.generation === checkpoint.generation ? document : undefined;
    };
    return { ...checkpoint, filled: of(FILLED_ID) !== undefined, used_at: of(USED_ID)?.used_at ?? null };
  }

  /** @throws {ReadModelUnavailable} */
  async read(): Promise<Checkpoint | null> {
    const found = await this.find();
    if (found === null) return null;
    const checkpoint = checkpointIn(found);
    if (checkpoint === null) throw new ReadModelUnavailable('its checkpoint was not written by this program');
    return checkpoint;
  }

  /**
   * The generation that the step may move. If there is no checkpoint and the step expects none, one is made at position 0.
   * @param beforeTheFirst is awaited before a checkpoint is made
   * @throws {CheckpointLost | ReadModelUnavailable}
   */
  async begin(step: Step, beforeTheFirst: () => Promise<void>): Promise<string> {
    const standing = await this.read();
    const lost = whyLost(step, standing);
    if (lost !== null) throw new CheckpointLost(lost);
    if (standing !== null) return standing.generation;
    await beforeTheFirst();
    const fresh = this.#documentOf(step.to.log);
    const isInserted = await insertNew(this.#collection, fresh);
    // If another follower was first, its checkpoint is checked like any other.
    return isInserted ? fresh.generation : this.begin(step, beforeTheFirst);
  }

  /**
   * Moves the checkpoint, never backwards.
   * @throws {CheckpointLost} it is not of this generation any more
   * @throws {ReadModelUnavailable}
   */
  async move(generation: string, { position, event }: LogPosition): Promise<void> {
    const filter = { _id: ID, generation, position: { $lt: position } };
    const fields = { position, event_id: toStorable(event ?? null) };
    const { matchedCount } = await this.#collection.ask((there) => there.updateOne(filter, { $set: fields }));
    if (matchedCount === 1) return;
    const standing = await this.read();
    if (standing?.generation !== generation) throw new CheckpointLost('it was thrown away while the step was written');
  }

  /** Does nothing if the checkpoint is of another generation. @throws {ReadModelUnavailable} */
  async markFilled(generation: string): Promise<void> {
    if ((await this.read())?.generation === generation) await put(this.#collection, { _id: FILLED_ID, generation });
  }

  /** Does nothing if the checkpoint is of another generation. @throws {ReadModelUnavailable} */
  async noteUse(generation: string): Promise<void> {
    if ((await this.read())?.generation !== generation) return;
    await put(this.#collection, { _id: USED_ID, generation, used_at: new Date().toISOString() });
  }

  /** No running or later step can move the checkpoint until `remove`. @throws {ReadModelUnavailable} */
  async forbid(): Promise<void> {
    await put(this.#collection, this.#documentOf(NO_LOG));
  }

  /** The same for a version that is removed: the names of its views are kept. @throws {ReadModelUnavailable} */
  async revoke(): Promise<void> {
    const fields = { log: toStorable(NO_LOG), position: 0n, event_id: null, generation: randomUUID() };
    await this.#collection.ask((there) => there.updateOne({ _id: ID }, { $set: fields }));
  }

  /** @throws {ReadModelUnavailable} */
  async remove(): Promise<void> {
    await this.#collection.ask((there) => there.deleteOne({ _id: ID }));
  }

  #documentOf(log: string): Shaped & { readonly generation: string } {
    const fields = { log: toStorable(log), position: 0n, generation: randomUUID(), views: this.#views };
    return { _id: ID, ...fields };
  }
}

/** The checkpoint in its document; null if the document is none of ours. */
export function checkpointIn({ log, position, generation, filled, event_id }: Found): Checkpoint | null {
  if (typeof log !== 'string' || typeof position !== 'bigint' || typeof generation !== 'string') return null;
  const event = typeof event_id === 'string' ? { event: plainText(event_id) } : {};
  return { log: plainText(log), position, generation, isFilled: filled === true, ...event };
}
