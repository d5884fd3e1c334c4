import { MongoCompatibilityError } from 'mongodb';
import { reasonOf } from '../errors/reason-of.ts';
import { type TlsSettings, tlsAdvice } from '../errors/tls-advice.ts';
import { retry } from '../time/retry.ts';
import { BOUNDS_MS } from './bounds.ts';
import { type MongoOptions, type Target, targetOf } from './client.ts';
import type { ConnectedClient } from './connected-client.ts';
import { CurrentClient } from './current-client.ts';
import { AUTHENTICATION_FAILED, hasCode, INVALID_NAMESPACE, isNotPrimary, UNAUTHORIZED } from './failures.ts';
import type { Passage } from './gate.ts';
import type { Unavailable } from './unavailable.ts';

/** How long a start waits for a server that cannot be used yet: in this time attempts are begun, with pauses between. */
const ATTEMPTS_MS = 8_000;
const PAUSE_MS = 250;

const TLS: TlsSettings = {
  setting: 'MONGODB_URL',
  example: 'mongodb://host:27017/database?tls=true&tlsCAFile=/path/to/ca.pem',
  own: 'tlsCertificateKeyFile',
  off: 'leave tls=true out of',
};

export interface ConnectOptions extends MongoOptions {
  /** Is called once, with a sentence for the operator, if the server cannot be used at once and the start waits for it. */
  readonly onNotice?: (message: string) => void;
}

/**
 * Connects to the MongoDB database in `url`: any server from 4.4 on, alone or as a replica set, or FerretDB. It waits up to 10 seconds for
 * the server.
 * @param Unavailable the error of the port
 * @param prepare the first work on the server, which shows whether it can be used
 * @throws {Unavailable} in one sentence, without user or password: what is wrong, and what to do about it
 */
export async function connected(
  { onNotice = () => {}, ...options }: ConnectOptions,
  Unavailable: Unavailable,
  prepare: (way: Passage) => Promise<void>,
): Promise<CurrentClient> {
  const target = targetOf(options, Unavailable);
  const clients = new CurrentClient(target);
  try {
    await untilReady(clients, target, onNotice, prepare);
    return clients;
  } catch (error) {
    await clients.close();
    throw error;
  }
}

async function untilReady(
  clients: CurrentClient,
  target: Target,
  onNotice: (message: string) => void,
  prepare: (way: Passage) => Promise<void>,
): Promise<void> {
  const { Unavailable } = target;
  let client: ConnectedClient | null = null;
  const attempt = async (tries: number) => {
    try {
      const current: ConnectedClient = await (client === null ? clients.current() : clients.after(client, false));
      client = current;
      // Without a gate, because the driver's errors say what is wrong.
      await prepare({ pass: (roundTrip, asked = 'document') => current.ask(roundTrip, BOUNDS_MS[asked]) });
    } catch (error) {
      const fault = faultOf(error, target);
      if (fault !== null) throw new Unavailable(fault);
      if (tries === 1) onNotice(`waiting for MongoDB at ${target.hosts} (${reasonOf(error)})`);
      throw error;
    }
  };
  await retry(attempt, {
    when: (error) => !(error instanceof Unavailable),
    // A pause that begins just in time is counted, too.
    withinMs: ATTEMPTS_MS + PAUSE_MS,
    pauseMs: () => PAUSE_MS,
  }).catch((error) => {
    throw error instanceof Unavailable ? error : new Unavailable(whyNotReady(error, target));
  });
}

/** What is wrong, if waiting cannot help; null if it may. */
function faultOf(error: unknown, { database, hosts, unreadableFile }: Target): string | null {
  if (isOfFile(error)) return unreadableFile();
  const advice = tlsAdvice(reasonOf(error), TLS);
  if (advice !== null) return `MongoDB at ${hosts} cannot be reached: ${advice}`;
  if (hasCode(error, AUTHENTICATION_FAILED)) {
    return `MongoDB at ${hosts} does not accept the user and the password of MONGODB_URL: correct them, or name the database that the user was made in by adding authSource to it`;
  }
  if (hasCode(error, UNAUTHORIZED)) {
    return `MongoDB at ${hosts} does not let the user of MONGODB_URL write to the database ${database}: grant the role readWrite on it, or put a user who has it into MONGODB_URL`;
  }
  if (hasCode(error, INVALID_NAMESPACE)) {
    return `MONGODB_URL names a database that MongoDB at ${hosts} does not allow: use letters, digits and _ for its name`;
  }
  if (error instanceof MongoCompatibilityError) {
    return `MongoDB at ${hosts} has a version that cannot be used: run MongoDB 4.4 or later (${reasonOf(error)})`;
  }
  return null;
}

function whyNotReady(error: unknown, { hosts }: Target): string {
  if (isNotPrimary(error)) {
    return `MongoDB at ${hosts} is not the primary of its replica set: name all members and replicaSet in MONGODB_URL, without directConnection`;
  }
  return `MongoDB at ${hosts} could not be used within 10 s: start it, or correct MONGODB_URL (${reasonOf(error)})`;
}

/** Whether Node could not read a file: the driver reads the URL's files each time that it connects. */
function isOfFile(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && ['open', 'read'].includes(String(error.syscall));
}
