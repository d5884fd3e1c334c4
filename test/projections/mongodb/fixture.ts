import { type Collection, type Db, MongoClient } from 'mongodb';
import type { Shaped } from '../../../src/mongodb/document.ts';
import type { Passage } from '../../../src/mongodb/gate.ts';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { VIEWS_VERSION } from '../../../src/projections/views.ts';
import { freshDatabase } from '../../support/mongodb.ts';

/** A read model in a new database, and the database as any other client sees it. */
export interface Opened {
  readonly url: string;
  readonly readModel: ReadModel;
  readonly database: Db;
  /** A collection of the version of this release: `imports` and so on. */
  collection(name: string): Collection<Shaped>;
  /** The names of the commands that the read model has sent since it was opened, or since this was emptied. */
  readonly commands: string[];
  cleanUp(): Promise<void>;
}

export async function openFresh(): Promise<Opened> {
  const { url, drop } = await freshDatabase();
  const commands: string[] = [];
  const readModel = await openMongoReadModel({ url, onCommand: (name) => commands.push(name) });
  commands.length = 0;
  const client = new MongoClient(url);
  return {
    url,
    readModel,
    database: client.db(),
    collection: (name) => client.db().collection(`${name}_${VIEWS_VERSION}`),
    commands,
    async cleanUp() {
      await readModel.close();
      await client.close();
      await drop();
    },
  };
}

/** The way to a database without a gate. */
export function wayTo(database: Db): Passage {
  return { pass: (roundTrip) => roundTrip(database) };
}
