import { decodeOrReason } from '../events/decode.ts';
import { detailsOf } from '../events/event-details.ts';
import type { RecordedEvent } from '../events/event-log.ts';
import type { EventMetadata } from '../events/metadata.ts';
import { parseStreamName } from '../events/streams.ts';
import { parseTraceparent } from '../telemetry/traceparent.ts';
import type { Scope } from './cursor.ts';
import { publicEventOf } from './public-events.ts';

/** How the envelopes of one service are named. */
export interface Naming {
  /** Before the name of each type: `import-api` gives `import-api.import.requested`. */
  readonly typePrefix: string;
  /** The service's URL for callers, without a slash at the end. It is never taken from a request. */
  readonly origin: string;
}

/** A recorded event as subscribers may see it. */
export interface Published {
  readonly event: RecordedEvent;
  /** Without the prefix: `import.requested`. */
  readonly name: string;
  /** To what it happened: the id of the import, of the webhook or of the connection. */
  readonly subject: string;
  readonly organizationId: string;
  /** Others of the organization do not see it. */
  readonly isForOperators: boolean;
  readonly albumId: string | null;
  /** Of the span or the request that recorded it. */
  readonly traceparent?: string;
  /** The CloudEvent without the members that depend on who reads it. */
  readonly envelope: Envelope;
}

/** CloudEvents 1.0.2 in JSON. The members are in the order in which they are sent. */
export interface Envelope {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly dataschema: string;
  /** The event's revision in its stream, as text. */
  readonly sequence: string;
  readonly correlationid: string;
  readonly data: unknown;
}

/** Where the JSON Schema of a public event's data is served. */
export function schemaUrl({ origin }: Naming, { name, version }: { name: string; version: number | string }): string {
  return `${origin}/schemas/events/${name}/${version}.json`;
}

/** The full type of a public event: `import-api.import.requested`. */
export function fullType({ typePrefix }: Naming, name: string): string {
  return `${typePrefix}.${name}`;
}

/** The organization of an event that subscribers may see; null: they see nothing of it. Much cheaper than `published`. */
export function organizationOf(event: RecordedEvent): string | null {
  return publicEventOf(event.type) === null ? null : detailsOf(event).organizationId;
}

/** An event as subscribers may see it; null: it is private, or this release cannot read it. */
export function published(event: RecordedEvent, naming: Naming): Published | null {
  const mapping = publicEventOf(event.type);
  const subject = parseStreamName(event.stream)?.id;
  if (mapping === null || subject === undefined) return null;
  const decoded = decodeOrReason(event);
  if (typeof decoded === 'string' || decoded.metadata.organization_id === undefined) return null;
  const { $correlationId, occurred_at, organization_id }: EventMetadata = decoded.metadata;
  // A loaded event may have anything there, and it becomes a header.
  const traceparent = parseTraceparent(decoded.metadata.traceparent);
  const data = mapping.dataOf(decoded, subject);
  return {
    event,
    name: mapping.name,
    subject,
    organizationId: organization_id as string,
    isForOperators: mapping.isForOperators?.(decoded.data) ?? false,
    albumId: data.album_id,
    ...(traceparent !== undefined && { traceparent }),
    envelope: {
      specversion: '1.0',
      id: event.id,
      source: naming.origin,
      type: fullType(naming, mapping.name),
      subject,
      time: occurred_at,
      datacontenttype: 'application/json',
      dataschema: schemaUrl(naming, mapping),
      sequence: String(event.revision),
      correlationid: $correlationId,
      data,
    },
  };
}

/** Whether readers of a scope may see the event. */
export function isVisible({ organizationId, isForOperators }: Published, scope: Scope): boolean {
  return scope === null || (scope === organizationId && !isForOperators);
}

/** The envelope as compact JSON, with `cursor`: the place after the event. `further` are members of this copy alone. */
export function envelopeText(
  { envelope }: Published,
  cursor: string,
  further: { readonly [name: string]: string } = {},
): string {
  const { data, ...attributes } = envelope;
  return JSON.stringify({ ...attributes, cursor, ...further, data });
}
