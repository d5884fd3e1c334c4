import type { ConnectedClient, RoundTrip } from './connected-client.ts';
import type { Clients } from './current-client.ts';
import { bounded, isAnswer, isOurs, NoAnswer } from './failures.ts';

/** A connection that has been silent for this part of the time that there is may be lost; one that says so is. */
const SILENT_PART = 0.4;

/**
 * What the round trip gives. Where its connection is lost, or is silent, it is tried once more by another: it has to be safe to do
 * twice, and at the same time. The answer that comes first counts.
 * @throws the driver's errors as they are; {NoAnswer} after `boundMs`
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
  // No connection's fault. One that the driver made of a lost connection looks the same, and is gone the second time.
  if (isOurs(error)) return client;
  return clients.after(client, error instanceof NoAnswer && client.answeredAtMs > sinceMs);
}

/** @throws what the second ended with, where both are in vain */
async function firstAnswer<T>(first: Promise<T>, second: Promise<T>): Promise<T> {
  try {
    return await Promise.any([first, second]);
  } catch (error) {
    throw (error as AggregateError).errors[1];
  }
}
