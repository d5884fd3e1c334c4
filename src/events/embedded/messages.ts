import type { Failure } from '../../sqlite/batched-worker.ts';
import { LogDamaged, LogUnavailable, WrongExpectedRevision } from '../errors.ts';
import type { ExpectedRevision, NewEvent } from '../event-log.ts';
import { EventIdTaken } from './event-id-taken.ts';

/**
 * One append on its way to the thread: the stream, the expected revision, then id, type, data and metadata of each event.
 * It is flat, because an array of strings is the cheapest to send to a thread. Null makes the thread start and open the file.
 * `probe` writes, but appends nothing.
 */
export type AppendMessage = readonly [stream: string, expected: ExpectedRevision, ...texts: string[]] | 'probe' | null;

export const TEXTS_BEFORE_EVENTS = 2;
export const TEXTS_PER_EVENT = 4;

/** The thread's answer: revision and position of the append's last event, and whether this append wrote it. */
export type Place = readonly [revision: number, position: number, isNew: boolean];

/** An append as the writing thread takes it: one flat array, which is cheap to send. */
export function messageOf(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): AppendMessage {
  const message: [string, ExpectedRevision, ...string[]] = [stream, expected];
  for (const { id, type, data, metadata } of events) message.push(id, type, data, metadata);
  return message;
}

/** About how many characters a message holds. */
export function charactersIn(message: AppendMessage): number {
  if (message === null || message === 'probe') return 0;
  return message.reduce<number>((sum, part) => sum + (typeof part === 'string' ? part.length : 0), 0);
}

/** What `errorOf` makes a `WrongExpectedRevision` of. */
export function wrongRevision(stream: string, expected: ExpectedRevision, actual: number | null): Failure {
  return { code: 'wrong_expected_revision', message: '', detail: [stream, expected, actual] };
}

/** What `errorOf` makes an `EventIdTaken` of. @param where words that say what has it */
export function idTaken(id: string, where: string): Failure {
  return { code: 'event_id_taken', message: '', detail: [id, where] };
}

/** Makes an error again from the failure that the thread sent. */
export function errorOf({ code, message, detail }: Failure): Error {
  switch (code) {
    case 'wrong_expected_revision':
      return new WrongExpectedRevision(...(detail as ConstructorParameters<typeof WrongExpectedRevision>));
    case 'event_id_taken':
      return new EventIdTaken(...(detail as ConstructorParameters<typeof EventIdTaken>));
    case 'log_damaged':
      return new LogDamaged(message);
    default:
      return new LogUnavailable(message);
  }
}
