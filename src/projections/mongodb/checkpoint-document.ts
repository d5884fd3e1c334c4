import { randomUUID } from 'node:crypto';
import { whyLost } from '../checkpoint-rule.ts';
import { fromStorable, toStorable } from '../exact-text.ts';
import { type Batch, type Checkpoint, CheckpointLost, NO_LOG, ReadModelUnavailable } from '../read-model.ts';
import { insertNew } from './collections.ts';
import { type Found, SCHEMA, type Shaped } from './documents.ts';
import { DUPLICATE_KEY, hasCode } from './failures.ts';
import type { GatedCollection } from './gated-collection.ts';

/** The only document of its collection. */
const ID = 'checkpoint';

type Step = NonNullable<Batch['checkpoint']>;

/**
 * The checkpoint, which is never ahead of the views though no transaction holds them together. A step reads the document's
 * `generation` before it writes its views, and moves the document of that generation only. So a checkpoint that was thrown away
 * meanwhile, maybe with the views that the step wrote, cannot move, whoever has made a new one since.
 */
export class CheckpointDocument {
  readonly #collection: GatedCollection;

  constructor(collection: GatedCollection) {
    this.#collection = collection;
  }

  /** @throws {ReadModelUnavailable} */
  async read(): Promise<Checkpoint | null> {
    const found = await this.#collection.ask((there) => there.findOne({ _id: ID }));
    return found === null ? null : checkpointOf(found);
  }

  /**
   * The generation that the step may move; where there is no checkpoint and the step expects none, one is made, at position 0.
   * @param beforeTheFirst is awaited before a checkpoint is made
   * @throws {CheckpointLost | ReadModelUnavailable}
   */
  async begin(step: Step, beforeTheFirst: () => Promise<void>): Promise<string> {
    const standing = await this.read();
    const lost = whyLost(step, standing);
    if (lost !== null) throw new CheckpointLost(lost);
    if (standing !== null) return standing.generation;
    await beforeTheFirst();
    const fresh = documentOf(step.to.log);
    const isOurs = await insertNew(this.#collection, fresh);
    // Where another follower was first, its checkpoint is judged like any other.
    return isOurs ? fresh.generation : this.begin(step, beforeTheFirst);
  }

  /**
   * Moves the checkpoint, never backwards.
   * @throws {CheckpointLost} it is not of this generation any more
   * @throws {ReadModelUnavailable}
   */
  async move(generation: string, position: bigint): Promise<void> {
    const filter = { _id: ID, generation, position: { $lt: position } };
    const { matchedCount } = await this.#collection.ask((there) => there.updateOne(filter, { $set: { position } }));
    if (matchedCount === 1) return;
    const standing = await this.read();
    if (standing?.generation !== generation) throw new CheckpointLost('it was thrown away while the step was written');
  }

  /** Lets no step that is under way, and none that comes, move the checkpoint until `remove`. @throws {ReadModelUnavailable} */
  async forbid(): Promise<void> {
    const { _id, ...fields } = documentOf(NO_LOG);
    await this.#collection.ask((there) => {
      const put = () => there.replaceOne({ _id }, fields, { upsert: true });
      // Where a follower makes one at the same moment, the insert fails; then it is there to be replaced.
      return put().catch((error) => (hasCode(error, DUPLICATE_KEY) ? put() : Promise.reject(error)));
    });
  }

  /** @throws {ReadModelUnavailable} */
  async remove(): Promise<void> {
    await this.#collection.ask((there) => there.deleteOne({ _id: ID }));
  }
}

function documentOf(log: string): Shaped & { readonly generation: string } {
  return { _id: ID, schema: SCHEMA, log: toStorable(log), position: 0n, generation: randomUUID() };
}

function checkpointOf({ schema, log, position, generation }: Found): Checkpoint {
  const isOurs = schema === SCHEMA && typeof log === 'string' && typeof generation === 'string';
  if (!isOurs || typeof position !== 'bigint') {
    throw new ReadModelUnavailable('its checkpoint is one that another version wrote');
  }
  return { log: fromStorable(log), position, generation };
}
