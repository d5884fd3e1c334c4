import type { EventDetails } from '../../events/event-details.ts';
import type { RecordedEvent } from '../../events/event-log.ts';
import { asJsonObject, jsonObject } from '../../history/json-text.ts';
import type { TimelineEntry } from '../../history/timeline.ts';
import type { FieldChange } from '../../history/view-changes.ts';
import type { Caller } from '../in/authenticate.ts';
import { type InZone, timeIn } from './zone-clock.ts';

/** The fields of an import that are times. Like the rest of the API, they are shown in the service's zone. */
const TIMES = new Set(['created_at', 'updated_at', 'due_at', 'expires_at', 'started_at', 'ended_at']);

/** The fields whose changes callers see: those of the import, and of its status. The others say how the service goes about it. */
const SHOWN = new Set([
  ...['id', 'organization_id', 'image_id', 'import_type', 'album_id', 'params', 'created_at', 'updated_at'],
  ...['status', 'attempts', 'reason', 'detail', 'started_at', 'ended_at'],
]);

/** What the data of an event says about whoever caused it. */
const PERSONAL: { readonly [type: string]: string } = { ImportStarted: 'worker', ImportRetryRequested: 'reason' };

/**
 * An event of an import as a JSON object, member by member. Who caused it is shown only to that caller and to operators.
 */
export function* renderTimelineEntry(
  { event, details, changes, problem }: TimelineEntry,
  caller: Caller,
  inZone: InZone,
): Generator<string> {
  const seesAll = caller.isOperator || isBy(caller, details);
  const ifSeen = (text: string | null) => JSON.stringify(seesAll ? text : null);
  const members = {
    id: JSON.stringify(event.id),
    type: JSON.stringify(event.type),
    revision: String(event.revision),
    // A position reveals how much happens in other organizations.
    position: JSON.stringify(caller.isOperator ? String(event.position) : null),
    occurred_at: JSON.stringify(timeIn(inZone, details.occurredAt)),
    organization_id: JSON.stringify(details.organizationId),
    user_id: ifSeen(details.userId),
    secret_id: ifSeen(details.secretId),
    operator: ifSeen(details.operator),
    request_id: ifSeen(details.requestId),
    caller_request_id: ifSeen(details.callerRequestId),
    correlation_id: ifSeen(details.correlationId),
    causation_id: ifSeen(details.causationId),
    // An event that this release cannot read may name persons in unknown ways.
    data: seesAll ? asJsonObject(event.data) : problem === null ? impersonal(event) : 'null',
    changes: `[${changes
      .filter(({ field }) => caller.isOperator || SHOWN.has(field))
      .map((change) => renderChange(change, inZone))
      .join(',')}]`,
    problem: JSON.stringify(problem),
  };
  let before = '{';
  for (const [name, json] of Object.entries(members)) {
    yield `${before}"${name}":${json}`;
    before = ',';
  }
  yield '}';
}

/** Whether the caller caused it, and it names nobody else. */
function isBy({ identity }: Caller, { userId, secretId, operator }: EventDetails): boolean {
  const { user_id = null, secret_id = null } = identity;
  return userId === user_id && secretId === secret_id && operator === null;
}

/** The data of an event that could be read, without what it says about whoever caused it. */
function impersonal({ type, data }: RecordedEvent): string {
  const personal = PERSONAL[type];
  // Only of an import's parameters, numbers must stay as they were sent.
  return personal === undefined ? asJsonObject(data) : JSON.stringify({ ...JSON.parse(data), [personal]: null });
}

function renderChange({ field, before, after }: FieldChange, inZone: InZone): string {
  const shown = (json: string | null) => {
    if (json === null) return 'null';
    return TIMES.has(field) ? JSON.stringify(timeIn(inZone, JSON.parse(json))) : json;
  };
  return jsonObject({ field: JSON.stringify(field), before: shown(before), after: shown(after) });
}
