import { EventStoreDBClient } from '@eventstore/db-client';
import { unreadableFile } from '../../machine/unreadable-file.ts';
import { within } from '../../time/within.ts';
import { LogUnavailable } from '../errors.ts';
import type { Bounds } from './bounds.ts';
import { isAnswer, isCancelledByUs, NoAnswer, needsNewClient, opensNewChannel } from './client-errors.ts';
import { forClient } from './connection-string.ts';

/** How long the calls of a client that is given up may take to end. */
const END_WITHIN_MS = 300;

/** At least so long between two new clients, if they stay broken. */
const RENEW_EVERY_MS = 500;

/** The options that name files. */
const FILES = ['tlsCAFile', 'userCertFile', 'userKeyFile'];

/** Holds a client, and replaces it if it stays broken. */
export class Connection {
  readonly bounds: Bounds;
  readonly #url: string;
  /** Becomes another promise each time that the running calls have been ended, even if the client stays the same. */
  #client: Promise<EventStoreDBClient>;
  #renewedAt = 0;
  #hasChannel = false;
  /** Since when no answer has come; null if one came, or none is expected. */
  #silentSince: number | null = null;
  #isClosed = false;

  /**
   * @param url the connection string
   * @param warn is called for each part of it that has no effect
   * @throws {LogUnavailable} the client does not understand it
   */
  constructor(url: string, warn: (message: string) => void, bounds: Bounds) {
    this.bounds = bounds;
    this.#url = forClient(url, warn);
    this.#client = Promise.resolve(connect(this.#url));
  }

  /** Makes an append. It ends together with the call for appends, so a failed one needs no clean-up. */
  async append<T>(make: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const current = this.#open();
    try {
      return this.#answered(await make(await current));
    } catch (error) {
      this.#note(error);
      if (needsNewClient(error)) this.#renew(current);
      throw this.#reasonFor(current, error);
    }
  }

  /** Makes a reading call. */
  async read<T>(make: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const current = this.#open();
    try {
      return this.#answered(await make(await current));
    } catch (error) {
      this.#heed(current, error);
      throw this.#reasonFor(current, error);
    }
  }

  /** Makes a call that yields without end. */
  async *subscribe<T>(make: (client: EventStoreDBClient) => AsyncIterable<T>): AsyncGenerator<T, void, void> {
    const current = this.#open();
    try {
      yield* make(await current);
    } catch (error) {
      this.#heed(current, error);
      throw this.#reasonFor(current, error);
    }
  }

  /** Remembers that an append was not answered in time, and returns the error for it. */
  noAnswer(withinMs: number): NoAnswer {
    const error = new NoAnswer(withinMs);
    this.#note(error);
    return error;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#giveUp(this.#client);
  }

  #open(): Promise<EventStoreDBClient> {
    if (this.#isClosed) throw new LogUnavailable('it is closed');
    return this.#client;
  }

  #answered<T>(answer: T): T {
    this.#hasChannel = true;
    this.#silentSince = null;
    return answer;
  }

  /** The error, or a clearer one if the call failed because we ended it. */
  #reasonFor(current: Promise<EventStoreDBClient>, error: unknown): unknown {
    if (!isCancelledByUs(error)) return error;
    if (this.#isClosed) return new LogUnavailable('it is closed', error);
    return this.#client === current ? error : new LogUnavailable('EventStoreDB was reconnected', error);
  }

  /**
   * If the client opens a new channel, the calls on the old one are ended: they may be silent for ever, or their server may no longer
   * be the leader.
   */
  #heed(current: Promise<EventStoreDBClient>, error: unknown): void {
    this.#note(error);
    if (needsNewClient(error)) this.#renew(current);
    else if (opensNewChannel(error) && !this.#isClosed && this.#client === current) this.#client = endCalls(current);
  }

  #note(error: unknown): void {
    if (isCancelledByUs(error)) return;
    if (error instanceof NoAnswer) this.#heedSilence();
    else if (opensNewChannel(error)) this.#hasChannel = false;
    else if (isAnswer(error)) this.#answered(error);
  }

  #heedSilence(): void {
    const now = performance.now();
    this.#silentSince ??= now;
    if (now - this.#silentSince < this.bounds.silentMs) return;
    this.#silentSince = null;
    // Or the client is opening one.
    this.#hasChannel = true;
    this.#renew(this.#client);
  }

  #renew(broken: Promise<EventStoreDBClient>): void {
    const now = performance.now();
    if (this.#isClosed || this.#client !== broken || now - this.#renewedAt < RENEW_EVERY_MS) return;
    this.#renewedAt = now;
    this.#client = this.#giveUp(broken).then((client) => {
      try {
        return connect(this.#url);
      } catch {
        // A file that the URL names is missing for now.
        return client;
      }
    });
  }

  /** Closes the client's channel, which the client itself cannot close: its connections would stay for half an hour. */
  async #giveUp(given: Promise<EventStoreDBClient>): Promise<EventStoreDBClient> {
    const client = await endCalls(given);
    // Without a channel the client would look for a server first.
    // biome-ignore lint/complexity/useLiteralKeys: to TypeScript it is protected
    const channel = this.#hasChannel ? client['getChannel']() : null;
    this.#hasChannel = false;
    await within(END_WITHIN_MS, Promise.resolve(channel), () => new Error('it has none yet')).then(
      (found) => found?.close(),
      () => {},
    );
    return client;
  }
}

function connect(url: string): EventStoreDBClient {
  try {
    return EventStoreDBClient.connectionString(url);
  } catch (error) {
    const unreadable = unreadableFile(url, 'EVENTSTORE_URL', FILES);
    if (unreadable !== null) throw new LogUnavailable(unreadable);
    // An error about the string quotes it, perhaps with the password.
    const reason = 'connectionString' in (error as Error) ? '' : ` (${(error as Error).message})`;
    throw new LogUnavailable(
      `EVENTSTORE_URL is not understood${reason}: it must be like esdb://user:password@host:2113?tls=true`,
    );
  }
}

/** Ends the client's calls. The client can still be used. */
async function endCalls(given: Promise<EventStoreDBClient>): Promise<EventStoreDBClient> {
  const client = await given;
  // The timer keeps the process alive: a command may wait for nothing else.
  await within(END_WITHIN_MS, client.dispose(), () => new Error('its calls do not end')).catch(() => {});
  return client;
}
