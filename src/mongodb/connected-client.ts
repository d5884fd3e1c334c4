import type { Db, MongoClient } from 'mongodb';
import { BOUNDS_MS } from './bounds.ts';
import type { Target } from './client.ts';
import { bounded, isAnswer } from './failures.ts';

/** A request to the server. It may be made twice, the second time by another client. */
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

  /** When the server last answered, on the clock of `performance.now`. */
  get answeredAtMs(): number {
    return this.#answeredAtMs;
  }

  /** @throws the driver's errors, or {NoAnswer} after `boundMs` */
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

  /** Closes it after its running requests have ended or were given up. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await end(this.#client);
  }
}

/** Connects a new client. @throws the driver's errors; at once if no host can be reached */
export async function connect(target: Target): Promise<ConnectedClient> {
  const client = target.newClient();
  const unreachable = Promise.withResolvers<never>();
  // The driver itself would wait for a host.
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
    // Again after `connect` has ended: while it looks up the hosts' addresses, `close` does not stop it.
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
    // The driver first sends a message to the server, which may hang for ever (decision 23). So its sockets and timers are closed directly.
    const topology: { close(): void } | undefined = Reflect.get(client, 'topology');
    topology?.close();
  }
}
