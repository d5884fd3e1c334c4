import { reasonOf } from '../../errors/reason-of.ts';
import { type TlsSettings, tlsAdvice } from '../../errors/tls-advice.ts';
import { AppendTooLarge, LogDamaged, LogUnavailable, StreamDeleted, WrongExpectedRevision } from '../errors.ts';

/** An error of the client: a `CommandError` with a `type`, gRPC's own error with a `code`, or a plain error. */
interface ClientError {
  readonly type?: string;
  readonly code?: number;
  readonly actualVersion?: bigint | 'no_stream';
  readonly maxAppendSize?: number;
}

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html
const CANCELLED = 1;
const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;
const UNAVAILABLE = 14;

const TLS: TlsSettings = {
  setting: 'EVENTSTORE_URL',
  example: 'esdb://host:2113?tlsCAFile=/path/to/ca.pem',
  own: 'userCertFile and userKeyFile',
  off: 'add tls=false to',
};

/** After these errors the client opens a new channel. */
const RECONNECTING = ['unavailable', 'not-leader', 'cancelled'];

/** An error of EventStoreDB's client, as an error of the log. */
export function asLogError(thrown: unknown, stream: string, expected: number | string = 'any'): Error {
  if (isLogError(thrown)) return thrown;
  const error = thrown as ClientError;
  switch (error.type) {
    case 'wrong-expected-version': {
      const { actualVersion } = error;
      return new WrongExpectedRevision(
        stream,
        expected,
        typeof actualVersion === 'bigint' ? Number(actualVersion) : null,
      );
    }
    case 'maximum-append-size-exceeded':
      return new AppendTooLarge(error.maxAppendSize ?? 0, thrown);
    case 'stream-deleted':
      return new StreamDeleted(stream, thrown);
    case 'access-denied':
      return new LogUnavailable(
        'EventStoreDB refuses the credentials in EVENTSTORE_URL, or they may not do this',
        thrown,
      );
    default:
      return new LogUnavailable(`EventStoreDB ${whyUnavailable(thrown)}`, thrown);
  }
}

/** The server did not answer in time. The outcome of an append is unknown. */
export class NoAnswer extends LogUnavailable {
  constructor(withinMs: number) {
    super(`EventStoreDB did not answer within ${withinMs} ms`);
  }
}

/** The server's version is too old. */
export class TooOld extends LogUnavailable {
  constructor(version: string, oldest: string) {
    super(`EventStoreDB is of version ${version}: ${oldest} or later is needed`);
  }
}

/** Why the log is unavailable, without the words with which each of these errors begins. */
export function reasonIn(error: Error): string {
  return error.message.slice(new LogUnavailable('').message.length);
}

/** Whether the client opens a new channel because of this error. */
export function opensNewChannel(thrown: unknown): boolean {
  const { type = '', code } = thrown as ClientError;
  return RECONNECTING.includes(type) || code === UNAVAILABLE;
}

/** Whether we ended the call ourselves. */
export function isCancelledByUs(thrown: unknown): boolean {
  const { code, message } = thrown as ClientError & Error;
  return code === CANCELLED && message.includes('Cancelled on client');
}

/** Whether the server refused to read from a place, since no record begins there. */
export function isInvalidPosition(thrown: unknown): boolean {
  return (thrown as ClientError).code === INVALID_ARGUMENT;
}

/** Whether this error is an answer of the server, over a connection that works. */
export function isAnswer(thrown: unknown): boolean {
  const { type, code } = thrown as ClientError;
  return (type !== undefined || typeof code === 'number') && !opensNewChannel(thrown);
}

/** Whether the client may stay broken after this error. Only its own defects give errors without a type. */
export function needsNewClient(thrown: unknown): boolean {
  return !isLogError(thrown) && (thrown as ClientError).type === undefined && !opensNewChannel(thrown);
}

/** Whether another try cannot help, because another server or other credentials are needed. */
export function isHopeless(error: unknown): boolean {
  const { cause } = error as Error;
  const { type, code } = (cause ?? {}) as ClientError;
  return error instanceof LogDamaged || error instanceof TooOld || type === 'access-denied' || code === UNIMPLEMENTED;
}

function isLogError(thrown: unknown): thrown is Error {
  return [LogUnavailable, LogDamaged, WrongExpectedRevision, AppendTooLarge].some((kind) => thrown instanceof kind);
}

function whyUnavailable(thrown: unknown): string {
  const { code } = thrown as ClientError;
  if (code === UNIMPLEMENTED)
    return 'does not know a call that is needed: it is of a version before 23.10, or another server';
  const plain = plainReason(thrown) || 'no reason given';
  const reason = tlsAdvice(plain, TLS) ?? plain;
  return opensNewChannel(thrown) ? `cannot be reached: ${reason}` : `does not answer as it should: ${reason}`;
}

/** The message without what gRPC puts around it: `14 UNAVAILABLE: No connection established. Last error: Error: … Resolution note: …`. */
function plainReason(thrown: unknown): string {
  return reasonOf(thrown)
    .replace(/^\d+ [A-Z_]+: (No connection established\. Last error: )?(Error: )?/, '')
    .replace(/\s+/g, ' ')
    .replace(/\.? ?Resolution note:.*/, '');
}
