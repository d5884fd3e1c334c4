import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { within } from '../../within.ts';
import { LogUnavailable } from '../errors.ts';
import { needsNewClient, timedOut } from './client-errors.ts';

/** A dead connection is noticed after the client's keep-alive interval (10 s, its least) and this, unless the URL has its own. */
const KEEP_ALIVE_TIMEOUT_MS = 3_000;

/** So long the calls of a client that is given up may take to end. */
const DISPOSE_WITHIN_MS = 1_000;

/** A client that stays broken is replaced at most so often. */
const RENEW_EVERY_MS = 500;

/** The client keeps its pending appends in one table for the whole process: the end of one client would reject the appends of another. */
let isOpen = false;

/** The one client of this process, and another one where it stays broken. */
export class Connection {
  readonly #url: string;
  #client: Promise<EventStoreDBClient>;
  #renewedAt = 0;
  #isClosed = false;

  /**
   * @param url the connection string
   * @throws {LogUnavailable} the client does not understand it
   */
  constructor(url: string) {
    if (isOpen) throw new Error('This process has an EventStoreDB client already: close that log first');
    this.#url = withKeepAlive(url);
    this.#client = Promise.resolve(connect(this.#url));
    isOpen = true;
  }

  /**
   * Makes a call, and waits for it no longer than `timeoutMs`: what the client itself has by way of deadlines does not hold while the
   * server is frozen.
   * @throws {LogUnavailable} on time-out; else what the client throws
   */
  call<T>(timeoutMs: number, make: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    return within(timeoutMs, this.use(make), () => timedOut(timeoutMs));
  }

  /** Makes a call that has its own limits. */
  async use<T>(make: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const current = this.#client;
    if (this.#isClosed) throw new LogUnavailable('it is closed');
    try {
      return await make(await current);
    } catch (error) {
      if (needsNewClient(error)) this.#renew(current);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await dispose(this.#client);
    isOpen = false;
  }

  #renew(broken: Promise<EventStoreDBClient>): void {
    const now = performance.now();
    if (this.#isClosed || this.#client !== broken || now - this.#renewedAt < RENEW_EVERY_MS) return;
    this.#renewedAt = now;
    this.#client = dispose(broken).then(() => connect(this.#url));
  }
}

function connect(url: string): EventStoreDBClient {
  try {
    return EventStoreDBClient.connectionString(url);
  } catch (error) {
    // Its message repeats the string, password and all.
    const reason = error instanceof Error && error.message.includes(url) ? '' : ` (${(error as Error).message})`;
    throw new LogUnavailable(
      `EVENTSTORE_URL is not understood${reason}: it must be like esdb://user:password@host:2113?tls=true`,
    );
  }
}

/** Ends every call that is under way. */
async function dispose(client: Promise<EventStoreDBClient>): Promise<void> {
  await Promise.race([(await client).dispose(), sleep(DISPOSE_WITHIN_MS, undefined, { ref: false })]);
}

function withKeepAlive(url: string): string {
  if (/[?&]keep_?alive_?timeout=/i.test(url)) return url;
  return `${url}${url.includes('?') ? '&' : '?'}keepAliveTimeout=${KEEP_ALIVE_TIMEOUT_MS}`;
}
