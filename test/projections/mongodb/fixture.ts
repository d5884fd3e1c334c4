import { type Db, MongoClient } from 'mongodb';
import type { Passage } from '../../../src/projections/mongodb/gate.ts';
import { openMongoReadModel } from '../../../src/projections/mongodb/open.ts';
import type { ReadModel } from '../../../src/projections/read-model.ts';
import { freshDatabase } from '../../support/mongodb.ts';

/** A read model in a database of its own, and the database as any other client sees it. */
export interface Opened {
  readonly url: string;
  readonly readModel: ReadModel;
  readonly database: Db;
  /**
   * The names of the commands that the read model has sent since it was opened, or since this was emptied; but for the looks at which
   * version is live, which calls share.
   */
  readonly commands: string[];
  /** How often it has looked at which version is live. */
  looks(): number;
  cleanUp(): Promise<void>;
}

export async function openFresh(): Promise<Opened> {
  const { url, drop } = await freshDatabase();
  const commands: string[] = [];
  let looks = 0;
  const onCommand = (name: string, collection: unknown) => {
    if (name === 'find' && collection === 'versions') looks += 1;
    else commands.push(name);
  };
  const readModel = await openMongoReadModel({ url, onCommand });
  commands.length = 0;
  looks = 0;
  const client = new MongoClient(url);
  return {
    url,
    readModel,
    database: client.db(),
    commands,
    looks: () => looks,
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
