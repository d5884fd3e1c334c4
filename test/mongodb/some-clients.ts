import { MongoClient } from 'mongodb';
import { ConnectedClient } from '../../src/mongodb/connected-client.ts';
import type { Clients } from '../../src/mongodb/current-client.ts';

/** Clients that were never connected, for round trips that ask nothing of a server; each that fails has a next. */
export class SomeClients implements Clients {
  /** All that there were; the last one is current. */
  readonly all: ConnectedClient[] = [SomeClients.#next()];
  /** What was said of each that failed. */
  readonly doubts: boolean[] = [];

  async current(): Promise<ConnectedClient> {
    return this.all.at(-1) as ConnectedClient;
  }

  async after(failed: ConnectedClient, isDoubtful: boolean): Promise<ConnectedClient> {
    this.doubts.push(isDoubtful);
    if (failed === this.all.at(-1)) this.all.push(SomeClients.#next());
    return this.current();
  }

  static #next(): ConnectedClient {
    return new ConnectedClient(new MongoClient('mongodb://127.0.0.1:1/views'), 'views');
  }
}
