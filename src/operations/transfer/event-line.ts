import { validate as isUuid } from 'uuid';
import { z } from 'zod';
import { reasonOf } from '../../errors/reason-of.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { accessStream, isAccessStream, OPERATIONS_STREAM, parseStreamName } from '../../events/streams.ts';

/**
 * An event as a line of NDJSON: one JSON object.
 *
 *     {"position":"17","stream":"user-f1900bba-…","revision":0,"id":"0199…","type":"UserRegistered","data":"{…}","metadata":"{…}"}
 *
 * `position` is a string, because a double may not hold it. `data` and `metadata` are strings too: they are the log's own JSON text, so that
 * numbers, escapes and the order of keys stay as recorded.
 */

/** The beginning of every line. */
export const LINE_START = '{"position":"';

/** A line that is not an event; the message says why not. */
export class MalformedLine extends Error {
  readonly code = 'malformed_line';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.name = 'MalformedLine';
  }
}

/** The line of an event, with its line end. */
export function exportLine({ position, stream, revision, id, type, data, metadata }: RecordedEvent): string {
  return `${JSON.stringify({ position: String(position), stream, revision, id, type, data, metadata })}\n`;
}

const json = (text: string) => isObject(parsed(text));

const schema = z.strictObject(
  {
    position: z
      .string()
      .regex(/^\d{1,20}$/)
      .transform(BigInt),
    stream: z.string().refine(isStream),
    revision: z.int().min(0),
    id: z.string().refine(isId),
    type: z.string().min(1),
    data: z.string().refine(json),
    metadata: z.string().refine(json),
  },
  {
    error: ({ code, keys }) => (code === 'unrecognized_keys' ? `it has members that no event has: ${keys}` : undefined),
  },
);

/** The form of each member, for error messages. */
const SHAPES: { readonly [member: string]: string } = {
  position: 'digits in quotes',
  stream: 'import-, user-, secret-, connection-, webhook- or access- and a UUID in lower case, or operations',
  revision: 'a whole number from 0',
  id: 'a UUID in lower case',
  type: 'the name of an event type',
  data: 'a JSON object, as text',
  metadata: 'a JSON object, as text',
};

/**
 * The event of a line.
 * @throws {MalformedLine}
 */
export function eventInLine(line: string): RecordedEvent {
  const value = parsed(line);
  if (value instanceof Error) throw new MalformedLine(`it is not JSON: ${reasonOf(value)}`, value);
  if (!isObject(value)) throw new MalformedLine('it is not a JSON object');
  const { data, error } = schema.safeParse(isObject(value.data) ? { ...value, ...textsIn(line) } : value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const member = String(issue?.path[0]);
  throw new MalformedLine(
    member in SHAPES ? `its ${member} must be ${SHAPES[member]}: ${excerpt(value[member])}` : String(issue?.message),
    error,
  );
}

/** How many places are tried as the beginning of the metadata. The first one is right in our lines. Each try reads the whole line. */
const LOOKS = 20;

/**
 * `data` and `metadata` of a line of an earlier version, to the byte: it had them at the end, as JSON values. The text that begins the
 * metadata may also be inside the data, but then the two parts are not JSON.
 */
function textsIn(line: string): { readonly data: string; readonly metadata: string } | null {
  const [afterData, afterMetadata] = [',"data":', ',"metadata":'];
  const start = line.indexOf(afterData) + afterData.length;
  let end = line.lastIndexOf(afterMetadata);
  for (let look = 0; look < LOOKS && end > start; look += 1) {
    const [data, metadata] = [line.slice(start, end), line.slice(end + afterMetadata.length, line.lastIndexOf('}'))];
    if (json(metadata) && json(data)) return { data, metadata };
    end = line.lastIndexOf(afterMetadata, end - 1);
  }
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Error);
}

function excerpt(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 100);
}

function isStream(text: string): boolean {
  if (text === OPERATIONS_STREAM) return true;
  const id = isAccessStream(text) ? text.slice(accessStream('').length) : parseStreamName(text)?.id;
  return id !== undefined && isId(id);
}

/** Only in lower case, because some logs compare ids letter by letter. */
function isId(text: string): boolean {
  return isUuid(text) && text === text.toLowerCase();
}
