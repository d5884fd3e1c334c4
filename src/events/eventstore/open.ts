import { ServerFeatures } from '@eventstore/db-client/dist/Client/ServerFeatures.js';
import { retry } from '../../retry.ts';
import { within } from '../../within.ts';
import { LogUnavailable, NoLog, WrongExpectedRevision } from '../errors.ts';
import type { EventLog } from '../event-log.ts';
import { newId } from '../new-id.ts';
import { patientLog } from '../patient-log.ts';
import { sendAppend } from './append-stream.ts';
import { BOUNDS, type Bounds } from './bounds.ts';
import { messages } from './calls.ts';
import { asLogError, isHopeless, NoAnswer, reasonIn, TooOld } from './client-errors.ts';
import { Connection } from './connection.ts';
import { EventStoreLog } from './eventstore-log.ts';
import { NAME_STREAM } from './our-events.ts';
import { ofStream } from './requests.ts';
import { eventIn, proposed } from './stored-event.ts';
import { askForPlainAnswers } from './uncompressed.ts';

const START_WITHIN_MS = 10_000;
const TRY_AGAIN_MS = 250;

const WHAT_TO_LOOK_AT =
  'Is EVENTSTORE_URL right (tls=false for a server without TLS, tlsCAFile for a CA of your own), and is it running?';

/** The first version whose subscriptions say when they have caught up. */
const OLDEST_VERSION = '23.10';

export interface EventStoreLogOptions {
  /** The connection string: `esdb://user:password@host:2113?tls=true`, of a single node or a cluster. */
  readonly url: string;
  /** How long to wait for a server that cannot be reached: it may be starting, too. 10 s unless set. */
  readonly startWithinMs?: number;
  readonly logger?: { warn(message: string): void };
  /** How long each call waits for a server that stands still. A call gives up at once unless set. */
  readonly patienceMs?: number;
  /** False for a command that only reads: a server without our log gets none. */
  readonly isMade?: boolean;
  /** Is called at each append that is sent. */
  readonly onAppend?: () => void;
  /** `BOUNDS` unless set. */
  readonly bounds?: Partial<Bounds>;
}

/**
 * Opens the log in EventStoreDB.
 * @throws {LogUnavailable} it cannot be reached within `startWithinMs`. At once if waiting would not help: the URL is not
 *   understood, the credentials are refused, or the server is of another kind
 * @throws {LogDamaged} the stream that names the log was deleted
 */
export async function openEventStoreLog(options: EventStoreLogOptions): Promise<EventLog> {
  const { url, startWithinMs = START_WITHIN_MS, patienceMs = 0, isMade = true, logger, onAppend, bounds } = options;
  const warn = (message: string) => logger?.warn(message);
  askForPlainAnswers();
  const connection = new Connection(url, warn, { ...BOUNDS, ...bounds });
  try {
    const id = await nameOnceReached(connection, startWithinMs, isMade);
    const log = new EventStoreLog({ connection, id, warn, onAppend });
    return patienceMs > 0 ? patientLog(log, patienceMs, warn) : log;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function nameOnceReached(connection: Connection, startWithinMs: number, isMade: boolean): Promise<string> {
  const attempt = async () => {
    await assertNewEnough(connection);
    const name = await (isMade ? findOrMakeName(connection) : readName(connection));
    if (name === null) throw new NoLog('there is none in EventStoreDB yet', 'EVENTSTORE_URL');
    return name;
  };
  const mayWait = (error: unknown) => !(error instanceof NoLog || isHopeless(asLogError(error, NAME_STREAM)));
  try {
    // A pause that begins just in time is counted, too.
    const withinMs = startWithinMs + TRY_AGAIN_MS;
    return await retry(attempt, { when: mayWait, withinMs, pauseMs: () => TRY_AGAIN_MS });
  } catch (thrown) {
    if (thrown instanceof NoLog) throw thrown;
    const error = asLogError(thrown, NAME_STREAM);
    if (isHopeless(error)) throw error;
    const reason = reasonIn(error);
    throw new LogUnavailable(reason.includes('EVENTSTORE_URL') ? reason : `${reason}. ${WHAT_TO_LOOK_AT}`, thrown);
  }
}

/** @throws {TooOld} */
async function assertNewEnough(connection: Connection): Promise<void> {
  const { openMs } = connection.bounds;
  const { serverVersion } = await connection.read((client) =>
    within(
      openMs,
      // biome-ignore lint/complexity/useLiteralKeys: to TypeScript it is protected
      client['execute'](...ServerFeatures.createServerFeatures),
      () => new NoAnswer(openMs),
    ),
  );
  // A server may be configured not to say its version.
  if (/^\d/.test(serverVersion) && Number.parseFloat(serverVersion) < Number(OLDEST_VERSION)) {
    throw new TooOld(serverVersion, OLDEST_VERSION);
  }
}

/** The first process names the log: its name is the id of the one event in a stream of none of our categories. */
async function findOrMakeName(connection: Connection): Promise<string> {
  const found = await readName(connection);
  if (found !== null) return found;
  const { openMs, overMs } = connection.bounds;
  const event = proposed({ id: newId(), type: 'LogNamed', data: '{}', metadata: '' });
  try {
    await connection.append((client) => {
      const appending = sendAppend(client, NAME_STREAM, [event], 'no_stream', overMs);
      return within(openMs, appending, () => new NoAnswer(openMs));
    });
  } catch (error) {
    if (!(asLogError(error, NAME_STREAM) instanceof WrongExpectedRevision)) throw error;
  }
  const name = await readName(connection);
  if (name === null) throw new LogUnavailable('EventStoreDB does not give back what was appended');
  return name;
}

async function readName(connection: Connection): Promise<string | null> {
  const { readMs } = connection.bounds;
  return connection.read(async (client) => {
    let id: string | null = null;
    for await (const message of messages(client, ofStream(NAME_STREAM, 0, 1), readMs))
      id ??= eventIn(message)?.id ?? null;
    return id;
  });
}
