import type { Db, MongoClient } from 'mongodb';
import { BOUNDS_MS } from './bounds.ts';
import type { Target } from './client.ts';
import { bounded, isAnswer } from './failures.ts';

/** Something to ask of the server. It may be done twice, and by another client the second time. */
export type RoundTrip<T> = (database: Db) => Promise<T>;

/** A client of the driver that was connected once. */
export class ConnectedClient {
  readonly connectedAtMs = performance.now();
  readonly #client: MongoClient;
  readonly #database: Db;
  readonly #underWay = new Set<Promise<unknown>>();
  #answeredAtMs = this.connectedAtMs;

  constructor(client: MongoClient, database: string) {
    this.#client = client;
    this.#database = client.db(database);
  }

  /** When the server last answered anything; as `performance.now()` has it. */
  get answeredAtMs(): number {
    return this.#answeredAtMs;
  }

  /** @throws the driver's errors as they are, or {NoAnswer} after so long */
  async ask<T>(roundTrip: RoundTrip<T>, boundMs: number): Promise<T> {
    const asking = bounded(roundTrip(this.#database), boundMs);
    this.#underWay.add(asking);
    try {
      const answer = await asking;
      this.#answeredAtMs = performance.now();
      return answer;
    } catch (error) {
      if (isAnswer(error)) this.#answeredAtMs = performance.now();
      throw error;
    } finally {
      this.#underWay.delete(asking);
    }
  }

  /** Closes it once what it was asked has been answered, or has been given up. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await end(this.#client);
  }
}

/** Connects a new client. @throws the driver's errors as they are; at once where no host can be reached */
export async function connect(target: Target): Promise<ConnectedClient> {
  const client = target.newClient();
  const unreachable = Promise.withResolvers<never>();
  // The driver itself would wait for a host to come.
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    const faults = [...newDescription.servers.values()].map(({ error }) => error);
    if (faults.length > 0 && !faults.includes(null)) unreachable.reject(faults[0]);
  });
  const connecting = client.connect();
  try {
    await bounded(Promise.race([connecting, unreachable.promise]), BOUNDS_MS.document);
    return new ConnectedClient(client, target.database);
  } catch (error) {
    void end(client);
    // Again once it has given up: where it was looking for the hosts' addresses, it went on after it was closed.
    void connecting.catch(() => {}).then(() => end(client));
    throw error;
  } finally {
    client.removeAllListeners('topologyDescriptionChanged');
  }
}

/** Closes the client for good. */
async function end(client: MongoClient): Promise<void> {
  try {
    await bounded(client.close(), BOUNDS_MS.document);
  } catch {
    // It says goodbye to the server first, which may hang for ever (decision 23); its sockets and timers may not stay for that.
    const topology: { close(): void } | undefined = Reflect.get(client, 'topology');
    topology?.close();
  }
}
