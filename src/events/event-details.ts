import type { RecordedEvent } from './event-log.ts';

/** Who, when and why, from an event's metadata; null for what it does not say. */
export interface EventDetails {
  readonly occurredAt: string | null;
  readonly organizationId: string | null;
  readonly userId: string | null;
  readonly secretId: string | null;
  readonly operator: string | null;
  /** The operator's machine. */
  readonly host: string | null;
  /** Why the operator did it. */
  readonly reason: string | null;
  /** Where the caller's request came from. */
  readonly address: string | null;
  /** The `jti` of the caller's token. */
  readonly tokenId: string | null;
  readonly requestId: string | null;
  /** The `X-Request-Id` that the caller sent. Others may send the same. */
  readonly callerRequestId: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  /** The log in which it was first recorded. */
  readonly log: string | null;
}

/** The details of any event, even of one that this version cannot decode: an audit shows them all. */
export function detailsOf({ metadata }: RecordedEvent): EventDetails {
  const members = parsedMembers(metadata);
  const textAt = (name: string) => {
    const value = Object.hasOwn(members, name) ? members[name] : null;
    return typeof value === 'string' ? value : null;
  };
  return {
    occurredAt: textAt('occurred_at'),
    organizationId: textAt('organization_id'),
    userId: textAt('user_id'),
    secretId: textAt('secret_id'),
    operator: textAt('operator'),
    host: textAt('host'),
    reason: textAt('reason'),
    address: textAt('address'),
    tokenId: textAt('token_id'),
    requestId: textAt('request_id'),
    callerRequestId: textAt('caller_request_id'),
    correlationId: textAt('$correlationId'),
    causationId: textAt('$causationId'),
    log: textAt('log'),
  };
}

/** When it happened, in milliseconds since 1970; null if the event does not say. */
export function timeOf({ occurredAt }: EventDetails): number | null {
  const time = occurredAt === null ? Number.NaN : Date.parse(occurredAt);
  return Number.isNaN(time) ? null : time;
}

function parsedMembers(json: string): { readonly [name: string]: unknown } {
  try {
    const parsed: unknown = JSON.parse(json);
    return typeof parsed === 'object' && parsed !== null ? (parsed as { [name: string]: unknown }) : {};
  } catch {
    return {};
  }
}
