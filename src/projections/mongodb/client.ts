import { MongoClient } from 'mongodb';
import { unreadableFile } from '../../unreadable-file.ts';
import { ReadModelUnavailable } from '../errors.ts';
import { BOUNDS_MS } from './bounds.ts';

export interface MongoOptions {
  /** `mongodb://…/database` or `mongodb+srv://…/database`. */
  readonly url: string;
  /**
   * Told the name of each command that is sent to the server, monitoring excepted, and the collection that it is for: for counting
   * round trips.
   */
  readonly onCommand?: (name: string, collection: unknown) => void;
}

/** What a URL says, without the user and the password, and clients for it. */
export interface Target {
  /** Not yet connected. */
  newClient(): MongoClient;
  readonly database: string;
  /** The hosts, as a text for people. */
  readonly hosts: string;
  /** Which file of those that it names cannot be read, and why; null where all can. */
  unreadableFile(): string | null;
}

const WRITTEN_AS = 'mongodb://[user:password@]host[:port]/database';
const MALFORMED = `MONGODB_URL is not a URL of MongoDB, or has an option that the driver does not know: write it as ${WRITTEN_AS}, with special characters of user and password percent-encoded`;

/** The options that name files. */
const FILES = ['tlsCAFile', 'tlsCertificateKeyFile', 'tlsCRLFile'];

/** How long the server waits for a majority to confirm a write. */
const CONFIRMED_WITHIN_MS = 10_000;

/** What the driver calls a database that the URL does not name. */
const DEFAULT_DATABASE = 'test';

/**
 * The target that a URL describes. What decides about durability and about waiting is not the URL's to say.
 * @throws {ReadModelUnavailable} the URL is malformed or names no database; the message has nothing of the URL in it
 */
export function targetOf({ url, onCommand }: MongoOptions): Target {
  // A password with a bare @ in it: what follows would be taken for the host, and be shown.
  if (/@[^?]*@/.test(url)) throw new ReadModelUnavailable(MALFORMED);
  const { dbName: database, hosts, srvHost } = clientOf(url, false).options;
  if (database === DEFAULT_DATABASE && !/\/test(\?|$)/.test(url)) {
    throw new ReadModelUnavailable(`MONGODB_URL names no database: write it as ${WRITTEN_AS}`);
  }
  const newClient = () => {
    const client = clientOf(url, onCommand !== undefined);
    client.on('commandStarted', ({ commandName, command }) => onCommand?.(commandName, command[commandName]));
    return client;
  };
  return {
    newClient,
    database,
    hosts: srvHost ?? hosts.map(String).join(', '),
    unreadableFile: () => unreadableFile(url, 'MONGODB_URL', FILES),
  };
}

function clientOf(url: string, monitorCommands: boolean): MongoClient {
  try {
    return new MongoClient(url, {
      appName: 'import-api',
      monitorCommands,
      readPreference: 'primary',
      writeConcern: { w: 'majority', wtimeoutMS: CONFIRMED_WITHIN_MS },
      // What is tried again is tried by another client, without waiting for this one to find the server again.
      retryReads: false,
      // Our own bounds are those that callers see; these free the connections of what was given up.
      serverSelectionTimeoutMS: BOUNDS_MS.document,
      connectTimeoutMS: BOUNDS_MS.document,
      waitQueueTimeoutMS: BOUNDS_MS.document,
      socketTimeoutMS: BOUNDS_MS.collection,
    });
  } catch {
    // Not the driver's reason: it may quote what it stumbled over, a password for one.
    throw new ReadModelUnavailable(MALFORMED);
  }
}
