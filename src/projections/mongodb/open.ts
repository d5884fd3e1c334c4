import { type ConnectOptions, connected } from '../../mongodb/connected.ts';
import { type Patience, wayTo } from '../../mongodb/way.ts';
import { ReadModelUnavailable } from '../errors.ts';
import type { ReadModel, ReadModelReader } from '../read-model.ts';
import type { ViewShapes } from '../views/declare-view.ts';
import { views as declared, VIEWS_VERSION } from '../views.ts';
import { CheckpointDocument } from './checkpoint-document.ts';
import { collectionsOf, makeIndexes } from './collections.ts';
import { MongoReadModel } from './mongo-read-model.ts';
import { MongoViewsForReading } from './mongo-views-for-reading.ts';

export interface MongoReadModelOptions extends ConnectOptions, Patience {
  /** The version and its views; those of this release unless set. */
  readonly version?: number;
  readonly views?: ViewShapes;
}

/**
 * Opens the read model in the MongoDB database in `url`, and makes missing indexes.
 * @throws {ReadModelUnavailable} in one sentence, without user or password: what is wrong, and what to do about it
 */
export async function openMongoReadModel({
  version = VIEWS_VERSION,
  views = declared,
  ...options
}: MongoReadModelOptions): Promise<ReadModel> {
  const clients = await connected(options, ReadModelUnavailable, (way) =>
    makeIndexes(collectionsOf(way, version, views)),
  );
  return new MongoReadModel(collectionsOf(wayTo(clients, ReadModelUnavailable, options), version, views), () =>
    clients.close(),
  );
}

/**
 * The same for commands that only read: nothing is made.
 * @throws {ReadModelUnavailable}
 */
export async function openMongoReadModelForReading(options: ConnectOptions & Patience): Promise<ReadModelReader> {
  const clients = await connected(options, ReadModelUnavailable, async (way) => {
    await new CheckpointDocument(collectionsOf(way, VIEWS_VERSION, declared).checkpoint).find();
  });
  return new MongoViewsForReading(
    collectionsOf(wayTo(clients, ReadModelUnavailable, options), VIEWS_VERSION, declared),
    () => clients.close(),
  );
}
