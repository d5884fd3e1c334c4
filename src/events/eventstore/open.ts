import { ServerFeatures } from '@eventstore/db-client/dist/Client/ServerFeatures.js';
import { retry } from '../../time/retry.ts';
import { within } from '../../time/within.ts';
import { LogUnavailable, LogUnfinished, NoLog, WrongExpectedRevision } from '../errors.ts';
import type { EventLog } from '../event-log.ts';
import { LogThere } from '../log-in-making.ts';
import { newId } from '../new-id.ts';
import { patientLog } from '../patient-log.ts';
import { accessStream } from '../streams.ts';
import { sendAppend } from './append-stream.ts';
import { BOUNDS, type Bounds } from './bounds.ts';
import { messages } from './calls.ts';
import { asLogError, isHopeless, NoAnswer, reasonIn, TooOld } from './client-errors.ts';
import { Connection } from './connection.ts';
import { EventStoreLog } from './eventstore-log.ts';
import { ofStream } from './requests.ts';
import { proposed } from './stored-event.ts';
import { NAME_STREAM, StreamNames } from './stream-names.ts';
import { askForPlainAnswers } from './uncompressed.ts';

const START_WITHIN_MS = 10_000;
const TRY_AGAIN_MS = 250;

const WHAT_TO_LOOK_AT =
  'Is EVENTSTORE_URL right (tls=false for a server without TLS, tlsCAFile for a CA of your own), and is it running?';

/** The settings that say where a log is. */
const WHERE_IT_IS = 'EVENTSTORE_URL (with EVENTSTORE_STREAM_PREFIX)';

/** The first version whose subscriptions say when they have caught up. */
const OLDEST_VERSION = '23.10';

export interface EventStoreLogOptions {
  /** The connection string: `esdb://user:password@host:2113?tls=true`, of a single node or a cluster. */
  readonly url: string;
  /** Goes before the name of each stream on the server: `EVENTSTORE_STREAM_PREFIX`. None unless set. */
  readonly streamPrefix?: string;
  /** How long to wait for a server that cannot be reached: it may be starting, too. 10 s unless set. */
  readonly startWithinMs?: number;
  readonly logger?: { warn(message: string): void };
  /** How long each call waits for a server that stands still. A call gives up at once unless set. */
  readonly patienceMs?: number;
  /** False for a command that only reads: a server without our log gets none. */
  readonly isMade?: boolean;
  /** The id of a log that is made of events that are there already: it is opened for that, and must not be finished. */
  readonly making?: string;
  /** Is called at each append that is sent. */
  readonly onAppend?: () => void;
  /** Is called at each event of another application that a follower passes over. */
  readonly onForeign?: () => void;
  /** `BOUNDS` unless set. */
  readonly bounds?: Partial<Bounds>;
}

/**
 * Opens the log in EventStoreDB.
 * @throws {LogUnavailable} it cannot be reached within `startWithinMs`. At once if waiting would not help: the URL is not
 *   understood, the credentials are refused, or the server is of another kind
 * @throws {LogUnfinished} it is being made of events that were there already
 * @throws {LogDamaged} the stream that names the log was deleted
 */
export async function openEventStoreLog(options: EventStoreLogOptions): Promise<EventLog> {
  const { url, streamPrefix, startWithinMs = START_WITHIN_MS, patienceMs = 0, isMade = true } = options;
  const { logger, onAppend, onForeign, bounds, making } = options;
  const warn = (message: string) => logger?.warn(message);
  askForPlainAnswers();
  const names = new StreamNames(streamPrefix);
  const connection = new Connection(url, warn, { ...BOUNDS, ...bounds });
  try {
    const onWaiting = isMade ? () => {} : warn;
    const wanted = isMade ? making : false;
    const name = await nameOnceReached(connection, names.onServer(NAME_STREAM), startWithinMs, wanted, onWaiting);
    const named = { id: name.id, restoration: name.end };
    const log = new EventStoreLog({ connection, names, ...named, warn, onAppend, onForeign });
    await assertFinished(log, name, making);
    return patienceMs > 0 ? patientLog(log, patienceMs, warn) : log;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** What the one event says that names the log. */
interface LogName {
  readonly id: string;
  /** The id of the last event of a log that is made of events that are there already: without it, the log is not finished. */
  readonly end: string | null;
}

/**
 * @param nameStream the stream that names the log
 * @param making the id of the log if there is none; false: none is made
 * @param onWaiting is called once, with the reason, if the server cannot be used at once
 */
async function nameOnceReached(
  connection: Connection,
  nameStream: string,
  startWithinMs: number,
  making: string | undefined | false,
  onWaiting: (message: string) => void,
): Promise<LogName> {
  const attempt = async () => {
    await assertNewEnough(connection);
    const name = await (making === false
      ? readName(connection, nameStream)
      : findOrMakeName(connection, nameStream, making));
    if (name === null) throw new NoLog('there is none in EventStoreDB yet', WHERE_IT_IS);
    return name;
  };
  const mayWait = (error: unknown) => !(error instanceof NoLog || isHopeless(asLogError(error, NAME_STREAM)));
  try {
    // A pause that begins just in time is counted, too.
    const withinMs = startWithinMs + TRY_AGAIN_MS;
    let isSaid = false;
    const onFailure = (error: unknown) => {
      if (!isSaid) onWaiting(`waiting for it: ${reasonIn(asLogError(error, NAME_STREAM))}`);
      isSaid = true;
    };
    return await retry(attempt, { when: mayWait, withinMs, pauseMs: () => TRY_AGAIN_MS, onFailure });
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

/** The first process names the log: its id is that of the one event in a stream of none of our categories. */
async function findOrMakeName(connection: Connection, nameStream: string, making?: string): Promise<LogName> {
  const found = await readName(connection, nameStream);
  if (found !== null) return found;
  const { openMs, overMs } = connection.bounds;
  const data = making === undefined ? '{}' : JSON.stringify({ ends_with: newId() });
  const event = proposed({ id: making ?? newId(), type: 'LogNamed', data, metadata: '' });
  try {
    await connection.append((client) => {
      const appending = sendAppend(client, nameStream, [event], 'no_stream', overMs);
      return within(openMs, appending, () => new NoAnswer(openMs));
    });
  } catch (error) {
    if (!(asLogError(error, NAME_STREAM) instanceof WrongExpectedRevision)) throw error;
  }
  const name = await readName(connection, nameStream);
  if (name === null) throw new LogUnavailable('EventStoreDB does not give back what was appended');
  return name;
}

async function readName(connection: Connection, nameStream: string): Promise<LogName | null> {
  const { readMs } = connection.bounds;
  return connection.read(async (client) => {
    let name: LogName | null = null;
    for await (const message of messages(client, ofStream(nameStream, 0, 1), readMs)) {
      const event = message.getEvent()?.getEvent();
      const id = event?.getId()?.getString();
      if (event === undefined || id === undefined) continue;
      name ??= { id, end: endIn(Buffer.from(event.getData_asU8()).toString()) };
    }
    return name;
  });
}

function endIn(data: string): string | null {
  const { ends_with } = JSON.parse(data || '{}');
  return typeof ends_with === 'string' ? ends_with : null;
}

/**
 * @param making as in the options
 * @throws {LogUnfinished | LogThere | LogUnavailable}
 */
async function assertFinished(log: EventLog, { id, end }: LogName, making: string | undefined): Promise<void> {
  const isFinished = end === null || (await log.readStream(accessStream(id))).some((event) => event.id === end);
  if (making === undefined && !isFinished) throw new LogUnfinished(id);
  if (making === undefined || (!isFinished && making === id)) return;
  const what = isFinished ? `has the log ${id}` : `has the beginning of another log (${id})`;
  throw new LogThere(
    `EventStoreDB ${what}, and a log is never written over: set EVENTSTORE_URL to another server, or EVENTSTORE_STREAM_PREFIX to another prefix.`,
  );
}
