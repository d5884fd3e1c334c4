import { setTimeout as sleep } from 'node:timers/promises';
import { jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { within } from '../../within.ts';
import { LogUnavailable, NoLog, WrongExpectedRevision } from '../errors.ts';
import type { EventLog } from '../event-log.ts';
import { newId } from '../new-id.ts';
import { asLogError, isHopeless, isStreamNotFound, NoAnswer, reasonIn } from './client-errors.ts';
import { APPEND_DEADLINE_MS, Connection } from './connection.ts';
import { fromStored } from './event-text.ts';
import { EventStoreLog } from './eventstore-log.ts';
import { NAME_STREAM } from './our-events.ts';
import { collect } from './reads.ts';

const START_WITHIN_MS = 10_000;
const TRY_AGAIN_MS = 250;
const CALL_TIMEOUT_MS = 2_000;

export interface EventStoreLogOptions {
  /** The connection string: `esdb://user:password@host:2113?tls=true`, of a single node or a cluster. */
  readonly url: string;
  /** A server that cannot be reached is waited for so long: it may just be starting, too. 10 s unless set. */
  readonly startWithinMs?: number;
  readonly logger?: { warn(message: string): void };
  /** False: who opens it only asks; a server without our log gets none. */
  readonly isMade?: boolean;
  /** Told of each append that is sent. */
  readonly onAppend?: () => void;
}

/**
 * Opens the log in EventStoreDB.
 * @throws {LogUnavailable} it cannot be reached within `startWithinMs`, or at once where waiting would not help: the URL is not
 *   understood, the credentials are refused, the server is of another kind
 * @throws {LogDamaged} the stream that names the log was deleted
 */
export async function openEventStoreLog(options: EventStoreLogOptions): Promise<EventLog> {
  const { url, startWithinMs = START_WITHIN_MS, isMade = true, logger, onAppend } = options;
  const warn = (message: string) => logger?.warn(message);
  const connection = new Connection(url, warn);
  try {
    const id = await nameOnceReached(connection, startWithinMs, isMade);
    return new EventStoreLog({ connection, id, warn, onAppend });
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function nameOnceReached(connection: Connection, startWithinMs: number, isMade: boolean): Promise<string> {
  const deadline = performance.now() + startWithinMs;
  for (;;) {
    try {
      const name = await (isMade ? findOrMakeName(connection) : readName(connection));
      if (name === null) throw new NoLog('there is none in EventStoreDB yet', 'EVENTSTORE_URL');
      return name;
    } catch (thrown) {
      if (thrown instanceof NoLog) throw thrown;
      const error = asLogError(thrown, NAME_STREAM);
      if (isHopeless(error)) throw error;
      if (performance.now() > deadline) {
        throw new LogUnavailable(
          `${reasonIn(error)}. Is EVENTSTORE_URL right (?tls=false for a server without TLS), and is it running?`,
          thrown,
        );
      }
      await sleep(TRY_AGAIN_MS);
    }
  }
}

/** Whoever comes first names the log. */
async function findOrMakeName(connection: Connection): Promise<string> {
  const found = await readName(connection);
  if (found !== null) return found;
  const event = jsonEvent({ id: newId(), type: 'LogNamed', data: {} });
  try {
    await connection.append((client) => {
      const options = { expectedRevision: NO_STREAM, deadline: APPEND_DEADLINE_MS } as const;
      const appending = client.appendToStream(NAME_STREAM, event, options);
      return within(CALL_TIMEOUT_MS, appending, () => new NoAnswer(CALL_TIMEOUT_MS));
    });
  } catch (error) {
    if (!(asLogError(error, NAME_STREAM) instanceof WrongExpectedRevision)) throw error;
  }
  const name = await readName(connection);
  if (name === null) throw new LogUnavailable('EventStoreDB does not give back what was appended');
  return name;
}

async function readName(connection: Connection): Promise<string | null> {
  try {
    const [first] = await connection.read((client) => collect(() => client.readStream(NAME_STREAM, { maxCount: 1 })));
    return first?.event === undefined ? null : fromStored(first.event).id;
  } catch (error) {
    if (isStreamNotFound(error)) return null;
    throw error;
  }
}
