import type { ConnectedClient, RoundTrip } from './connected-client.ts';
import type { Clients } from './current-client.ts';
import { bounded, isAnswer, isProgramFault, NoAnswer } from './failures.ts';

/** A connection that was silent for this part of the time limit may be lost. */
const SILENT_PART = 0.4;

/**
 * The result of the round trip. If its connection is lost or silent, it is tried once more by another client: it must be safe to make
 * twice, even at the same time. The first answer counts.
 * @throws the driver's errors; {NoAnswer} after `boundMs`
 */
export function tryTwice<T>(clients: Clients, roundTrip: RoundTrip<T>, boundMs: number): Promise<T> {
  return bounded(tries(clients, roundTrip, boundMs), boundMs);
}

async function tries<T>(clients: Clients, roundTrip: RoundTrip<T>, boundMs: number): Promise<T> {
  const client = await clients.current();
  const sinceMs = performance.now();
  const first = client.ask(roundTrip, boundMs);
  try {
    return await bounded(first, boundMs * SILENT_PART);
  } catch (error) {
    if (isAnswer(error)) throw error;
    const second = another(clients, client, error, sinceMs).then((next) => next.ask(roundTrip, boundMs));
    return error instanceof NoAnswer ? firstAnswer(first, second) : second;
  }
}

/** The client for the second try. */
async function another(
  clients: Clients,
  client: ConnectedClient,
  error: unknown,
  sinceMs: number,
): Promise<ConnectedClient> {
  // Not the connection's fault. The driver throws the same error for a lost connection; then the second try works.
  if (isProgramFault(error)) return client;
  return clients.after(client, error instanceof NoAnswer && client.answeredAtMs > sinceMs);
}

/** @throws the second error if both fail */
async function firstAnswer<T>(first: Promise<T>, second: Promise<T>): Promise<T> {
  try {
    return await Promise.any([first, second]);
  } catch (error) {
    throw (error as AggregateError).errors[1];
  }
}
