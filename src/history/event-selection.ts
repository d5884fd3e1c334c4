import { detailsOf, type EventDetails, timeOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import { isNumberAsSent, parseJson } from '../events/json.ts';
import type { Place } from './view-at.ts';

/** Which events to select: those that match every property that is set. */
export interface EventSelection {
  readonly stream?: string;
  readonly type?: string;
  readonly organizationId?: string;
  readonly userId?: string;
  readonly secretId?: string;
  /** The name of the operator's account, for events from the command line. */
  readonly operator?: string;
  /** The service's id of a request, or the one that the caller sent. */
  readonly requestId?: string;
  readonly correlationId?: string;
  /** From this place on (inclusive). */
  readonly since?: Place;
  /** Up to this place (inclusive). */
  readonly until?: Place;
  readonly having?: readonly Having[];
}

/** A value inside an event. */
export interface Having {
  /** The keys to it, from `{data, metadata}`; if the first is neither, from the data. In a list, a key is an index. */
  readonly path: readonly string[];
  /** The value's text: a string as it is, anything else as compact JSON. */
  readonly text: string;
}

/** Whether an event is what was asked for. What a selection leaves out, every event meets. */
export function isSelected(event: RecordedEvent, selection: EventSelection): boolean {
  const { stream = event.stream, type = event.type, since, until, having = [] } = selection;
  if (event.stream !== stream || event.type !== type) return false;
  const details = detailsOf(event);
  return (
    isWithin(event, details, since, until) &&
    isOf(details.organizationId, selection.organizationId) &&
    isOf(details.userId, selection.userId) &&
    isOf(details.secretId, selection.secretId) &&
    isOf(details.operator, selection.operator) &&
    (isOf(details.requestId, selection.requestId) || details.callerRequestId === selection.requestId) &&
    isOf(details.correlationId, selection.correlationId) &&
    having.every((one) => has(event, one))
  );
}

function isOf(actual: string | null, wanted: string | undefined): boolean {
  return wanted === undefined || actual === wanted;
}

function isWithin(event: RecordedEvent, details: EventDetails, since?: Place, until?: Place): boolean {
  // An event that does not say its time is shown rather than hidden.
  const timeMs = timeOf(details);
  const isEarlier = (place: Place) =>
    'position' in place ? event.position < place.position : timeMs !== null && timeMs < place.timeMs;
  const isLater = (place: Place) =>
    'position' in place ? event.position > place.position : timeMs !== null && timeMs > place.timeMs;
  return (since === undefined || !isEarlier(since)) && (until === undefined || !isLater(until));
}

function has(event: RecordedEvent, { path, text }: Having): boolean {
  const [part, ...keys] = path[0] === 'data' || path[0] === 'metadata' ? path : ['data', ...path];
  try {
    const value = keys.reduce(memberOf, parseJson(event[part as 'data' | 'metadata']));
    return value !== undefined && comparableText(value) === text;
  } catch {
    // It is no JSON, so it has no value to find.
    return false;
  }
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || isNumberAsSent(value) || !Object.hasOwn(value, key))
    return undefined;
  return (value as { [key: string]: unknown })[key];
}

function comparableText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
