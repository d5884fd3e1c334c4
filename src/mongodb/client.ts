import { MongoClient } from 'mongodb';
import { unreadableFile } from '../machine/unreadable-file.ts';
import { BOUNDS_MS } from './bounds.ts';
import type { Unavailable } from './unavailable.ts';

export interface MongoOptions {
  /** `mongodb://…/database` or `mongodb+srv://…/database`. */
  readonly url: string;
  /**
   * Is called with the name and the collection of each command that is sent to the server, except monitoring: to count round trips.
   */
  readonly onCommand?: (name: string, collection: unknown) => void;
}

/** The parts of a URL without user and password, and clients for it. */
export interface Target {
  /** Makes a client, which is not connected yet. */
  newClient(): MongoClient;
  readonly database: string;
  /** The hosts, as a text for people. */
  readonly hosts: string;
  /** The error if it cannot be used. */
  readonly Unavailable: Unavailable;
  /** Which file in the URL cannot be read, and why; null if all can. */
  unreadableFile(): string | null;
}

const WRITTEN_AS = 'mongodb://[user:password@]host[:port]/database';
const MALFORMED = `MONGODB_URL is not a URL of MongoDB, or has an option that the driver does not know: write it as ${WRITTEN_AS}, with special characters of user and password percent-encoded`;

/** The options that name files. */
const FILES = ['tlsCAFile', 'tlsCertificateKeyFile', 'tlsCRLFile'];

/** How long the server waits for a majority to confirm a write. */
const CONFIRMED_WITHIN_MS = 10_000;

/** The driver's database if the URL names none. */
const DEFAULT_DATABASE = 'test';

/**
 * The target in a URL. The URL cannot change settings for durability or waiting.
 * @throws {Unavailable} the URL is malformed or names no database; the message has nothing of the URL in it
 */
export function targetOf({ url, onCommand }: MongoOptions, Unavailable: Unavailable): Target {
  // A password with an unescaped @: the part after it would be taken for the host and shown.
  if (/@[^?]*@/.test(url)) throw new Unavailable(MALFORMED);
  const { dbName: database, hosts, srvHost } = clientOf(url, false, Unavailable).options;
  if (database === DEFAULT_DATABASE && !/\/test(\?|$)/.test(url)) {
    throw new Unavailable(`MONGODB_URL names no database: write it as ${WRITTEN_AS}`);
  }
  const newClient = () => {
    const client = clientOf(url, onCommand !== undefined, Unavailable);
    client.on('commandStarted', ({ commandName, command }) => onCommand?.(commandName, command[commandName]));
    return client;
  };
  return {
    newClient,
    Unavailable,
    database,
    hosts: srvHost ?? hosts.map(String).join(', '),
    unreadableFile: () => unreadableFile(url, 'MONGODB_URL', FILES),
  };
}

function clientOf(url: string, monitorCommands: boolean, Unavailable: Unavailable): MongoClient {
  try {
    return new MongoClient(url, {
      appName: 'import-api',
      monitorCommands,
      readPreference: 'primary',
      writeConcern: { w: 'majority', wtimeoutMS: CONFIRMED_WITHIN_MS },
      // A second try uses another client, so that it does not wait until this one has found the server again.
      retryReads: false,
      // Callers see our own bounds. These bounds free the connections of operations that were given up.
      serverSelectionTimeoutMS: BOUNDS_MS.document,
      connectTimeoutMS: BOUNDS_MS.document,
      waitQueueTimeoutMS: BOUNDS_MS.document,
      socketTimeoutMS: BOUNDS_MS.collection,
    });
  } catch {
    // Not the driver's reason: it may quote a password.
    throw new Unavailable(MALFORMED);
  }
}
