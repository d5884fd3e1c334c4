import pino, { type DestinationStream, type Logger } from 'pino';

/**
 * What is logged of an error. Anything else in it may be what was sent or asked for: Node itself puts a URL with its query there, and clients
 * put headers and bodies.
 */
const LOGGED = new Set(['type', 'message', 'stack', 'code', 'name', 'errno', 'syscall', 'address', 'port']);

interface Serialized {
  readonly aggregateErrors?: readonly Serialized[];
}

/** The logger of a process: one JSON object a line. */
export function loggerTo(output: DestinationStream, level: string): Logger {
  const { isoTime } = pino.stdTimeFunctions;
  return pino({ level, base: undefined, timestamp: isoTime, serializers: { err: errorMembers } }, output);
}

function errorMembers(error: unknown): unknown {
  return error instanceof Error ? membersOf(pino.stdSerializers.err(error) as Serialized) : error;
}

function membersOf(serialized: Serialized): object {
  const members = Object.entries(serialized).filter(([name]) => LOGGED.has(name));
  const { aggregateErrors } = serialized;
  return Object.fromEntries([
    ...members,
    ...(aggregateErrors === undefined ? [] : [['aggregateErrors', aggregateErrors.map(membersOf)]]),
  ]);
}
