import { validate as isUuid } from 'uuid';
import type { RecordedEvent } from '../../events/event-log.ts';
import { OPERATIONS_STREAM, parseStreamName } from '../../events/streams.ts';
import { reasonOf } from '../../reason-of.ts';
import { type Member, membersOf } from './json-members.ts';

/**
 * An event as a line of NDJSON: one JSON object, its members in this order.
 *
 *     {"position":"17","stream":"user-f1900bba-…","revision":0,"id":"0199…","type":"UserRegistered","data":{…},"metadata":{…}}
 *
 * `position` is a string, since it may exceed what a double holds. `data` and `metadata` are the log's own JSON text, both ways:
 * numbers, escapes and the order of keys stay as they were recorded.
 */

const MEMBERS = ['position', 'stream', 'revision', 'id', 'type', 'data', 'metadata'] as const;

/** What every line begins with. */
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
export function lineOf({ position, stream, revision, id, type, data, metadata }: RecordedEvent): string {
  const place = JSON.stringify({ position: String(position), stream, revision, id, type }).slice(0, -1);
  return `${place},"data":${onOneLine(data)},"metadata":${onOneLine(metadata)}}\n`;
}

/** In JSON text a line end is space between two values; our own logs hold none. */
function onOneLine(json: string): string {
  return json.replace(/[\r\n]/g, ' ');
}

/**
 * The event of a line.
 * @throws {MalformedLine}
 */
export function eventOf(line: string): RecordedEvent {
  const members = membersIn(line);
  const names = members.map(({ name }) => name);
  if (names.join() !== MEMBERS.join()) {
    throw new MalformedLine(`its members must be ${MEMBERS.join(', ')}, in this order; they are ${names.join(', ')}`);
  }
  const [position, stream, revision, id, type, data, metadata] = members.map(({ text }) => text) as Texts;
  return {
    position: BigInt(stringOf('position', position, (text) => /^\d{1,20}$/.test(text), 'digits in quotes')),
    stream: stringOf('stream', stream, isStream, 'import-, user- or secret- and a UUID in lower case, or operations'),
    revision: revisionOf(revision),
    id: stringOf('id', id, isId, 'a UUID in lower case'),
    type: stringOf('type', type, (text) => text !== '', 'the name of an event type'),
    data: objectOf('data', data),
    metadata: objectOf('metadata', metadata),
  };
}

type Texts = [string, string, string, string, string, string, string];

function membersIn(line: string): Member[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new MalformedLine(`it is not JSON: ${reasonOf(error)}`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedLine('it is not a JSON object');
  }
  return membersOf(line);
}

function stringOf(name: string, json: string, isRight: (text: string) => boolean, shape: string): string {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'string' || !isRight(value)) throw new MalformedLine(`its ${name} must be ${shape}: ${json}`);
  return value;
}

function revisionOf(json: string): number {
  if (/^\d+$/.test(json) && Number.isSafeInteger(Number(json))) return Number(json);
  throw new MalformedLine(`its revision must be a whole number from 0: ${json}`);
}

function objectOf(name: string, json: string): string {
  if (json.startsWith('{')) return json;
  throw new MalformedLine(`its ${name} must be a JSON object`);
}

function isStream(text: string): boolean {
  const parsed = parseStreamName(text);
  return text === OPERATIONS_STREAM || (parsed !== null && isId(parsed.id));
}

/** In lower case only: logs compare ids, and some do it letter by letter. */
function isId(text: string): boolean {
  return isUuid(text) && text === text.toLowerCase();
}
